namespace NetViz.Cli.Help;

/// <summary>What the help says of a command before its options.</summary>
/// <param name="Summary">One sentence.</param>
/// <param name="Examples">Command lines without the program's name; two, where there is something to choose.</param>
internal sealed record CommandEntry(string Summary, params string[] Examples);

/// <summary>The commands in the groups of the help, the README and the man page: by what one wants.</summary>
internal static class CommandGuide
{
    /// <summary>The groups, each with its commands in order.</summary>
    public static IReadOnlyList<(string Title, IReadOnlyList<string> Commands)> Groups { get; } =
    [
        ("Look", ["saliency", "class-model", "localise", "reconstruct", "activations", "filters", "classify", "report", "figure", "repeat"]),
        ("Compare", ["compare-rules", "decompose", "unpool"]),
        ("Prove and teach", ["prove", "linear-region", "trace", "step", "explore", "docs"]),
        ("Measure", ["evaluate", "merge", "cluster", "bench"]),
        ("Train", ["train", "export"]),
        ("Manage", ["models", "devices", "info", "samples", "help", "completion", "man"]),
    ];

    /// <summary>Each command by its name; a subcommand by both names.</summary>
    public static IReadOnlyDictionary<string, CommandEntry> Entries { get; } = new Dictionary<string, CommandEntry>
    {
        ["saliency"] = new("Shows which pixels a class score depends on, under three rules.",
            "saliency photo.jpg", "saliency photo.jpg --model vgg16 --class tabby --rule guided"),
        ["class-model"] = new("Draws the image that a class stands for, by gradient ascent.",
            "class-model --class orange", "class-model --model vgg16 --class goose --preset paper --norm 4000"),
        ["localise"] = new("Finds the object of a class, without having been taught any box.",
            "localise photo.jpg", "localise photos/ --model vgg16 --method threshold"),
        ["reconstruct"] = new("Shows what excites a layer's units (Zeiler and Fergus).",
            "reconstruct photo.jpg --layer relu4_1", "reconstruct --data photos/ --layer relu4_1 --top 9"),
        ["activations"] = new("Shows a layer's feature maps, and what a unit sees.",
            "activations photo.jpg --layer relu2_1", "activations photo.jpg --layer relu2_1:3,4,5"),
        ["filters"] = new("Shows the filters of a convolution.", "filters", "filters --model vgg16 --layer conv1_2"),
        ["classify"] = new("Shows the classes with the highest scores.",
            "classify photo.jpg", "classify photos/ --model vgg16 --top 3 --json"),
        ["report"] = new("Writes one HTML page about a picture.",
            "report photo.jpg", "report photo.jpg --model vgg16 --section rules --output page.html"),
        ["figure"] = new("Draws a figure for a paper: pictures by methods, as PDF or SVG.",
            "figure a.jpg b.jpg --model vgg16 --output figure.pdf", "figure figure.json --output figure.svg"),
        ["repeat"] = new("Makes a result again from its .json, and compares the bytes.",
            "repeat netviz-out/photo.json", "repeat photo.localise.json --output again"),
        ["compare-rules"] = new("Shows where gradient, DeconvNet and guided differ, at each rectifier.",
            "compare-rules photo.jpg", "compare-rules photo.jpg --layer relu3_1 --output out"),
        ["decompose"] = new("Takes the difference of two rules apart, layer by layer.",
            "decompose photo.jpg", "decompose photo.jpg --from gradient --to guided --output out"),
        ["unpool"] = new("Sends the signal through other max-pooling switches.",
            "unpool all photo.jpg --with other.jpg", "unpool random photo.jpg --seed 3"),
        ["prove"] = new("Proves that the gradient is DeconvNet but for the rectifiers.",
            "prove photo.jpg", "prove photo.jpg --model vgg16 --output out"),
        ["linear-region"] = new("Shows how far the linear picture of a score holds.",
            "linear-region photo.jpg", "linear-region photo.jpg --along toward:other.jpg"),
        ["trace"] = new("Shows one number of a pass as the sum that makes it.",
            "trace photo.jpg", "trace photo.jpg --layer relu3_1:5,2,7 --forward"),
        ["step"] = new("Walks through a backward pass in the terminal, a key a layer.",
            "step photo.jpg", "step photo.jpg --rule guided --script \"down*3 q\""),
        ["explore"] = new("Opens a page in the browser to see, step through and change a backward pass.",
            "explore", "explore photo.jpg --model vgg16", "explore --listen 192.168.1.20"),
        ["docs"] = new("Makes a chapter whose numbers and pictures it computes.",
            "docs docs/section-4.source.md --output section-4.md", "docs docs/section-4.source.md --slides --output section-4.html"),
        ["evaluate"] = new("Measures a network, or how good its maps are, on labelled pictures.",
            "evaluate --data set/", "evaluate --data set.tar.gz --metric deletion --output t.csv"),
        ["merge"] = new("Puts the shards of a run together.",
            "merge part*.csv --output table.csv", "merge out/ --output all"),
        ["cluster"] = new("Writes the scripts that run a command on a cluster.",
            "cluster slurm --shards 32 -- evaluate --data set.tar --output t.csv"),
        ["cluster slurm"] = new("Writes a Slurm array job, a task a shard, and the job that merges them.",
            "cluster slurm --shards 32 -- evaluate --data set.tar --output t.csv",
            "cluster slurm --submit --time 2:00:00 -- evaluate --data set.tar -o t.csv"),
        ["bench"] = new("Measures forward and backward pass, whole and layer by layer.",
            "bench", "bench --model vgg16 --batch 8 --json"),
        ["train"] = new("Trains a VGG network on labelled pictures.",
            "train --data set/ --output net.onnx", "train --data set/ --output net.onnx --epochs 80 --resume"),
        ["export"] = new("Writes a network with preprocessing and class names as one ONNX file.",
            "export --model net.onnx --labels classes.txt --output named.onnx"),
        ["models"] = new("Lists, downloads, verifies and removes published networks.", "models list", "models get vgg16"),
        ["devices"] = new("Lists what can compute on this machine.", "devices"),
        ["info"] = new("Shows layers, shapes, memory and preprocessing of a network.", "info", "info --model vgg16 --json"),
        ["samples"] = new("Writes the pictures that come with netviz.", "samples", "samples orange lemon --output pictures"),
        ["help"] = new("Shows the help of a command.", "help saliency"),
        ["completion"] = new("Prints a script that completes commands and options in a shell.",
            "completion bash >> ~/.bashrc", "completion pwsh >> $PROFILE"),
        ["man"] = new("Prints the manual page.", "man > netviz.1"),
    };

    /// <summary>Options in a few words, for the help without details.</summary>
    public static IReadOnlyDictionary<string, string> Short { get; } = new Dictionary<string, string>
    {
        ["IMAGE"] = "Pictures, folders, .npy arrays, or sample:NAME.",
        ["one IMAGE"] = "A picture, a .npy array, or sample:NAME.",
        ["--class"] = "The class by number or name, or top.",
        ["--rule"] = "gradient, deconvnet, guided, lrp.NAME, or a composite.",
        ["--rule-file"] = "A file of composite rules.",
        ["--through"] = "Let only these channels pass.",
        ["--start"] = "Where the signal starts instead of at the score.",
        ["--reduce"] = "max, sum, mean or signed: how channels become a map.",
        ["--map"] = "signal, smoothgrad, input-x-gradient, occlusion, integrated-gradients, grad-cam, deep-lift, ...",
        ["--crops"] = "10: the mean over ten crops [paper].",
        ["--ledger"] = "Print the score as image term and bias terms.",
        ["--strict"] = "Stop at the first picture that cannot be read.",
        ["--force"] = "Replace files that netviz did not write.",
        ["--json"] = "Print the result as JSON, and nothing else.",
        ["--quiet"] = "Print nothing but errors.",
        ["--model"] = "An ONNX file, or a published network's name.",
        ["--device"] = "auto, cpu, cuda[:n], opencl[:n], reference[64].",
        ["--preprocess"] = "torchvision, caffe-vgg, caffe, unit, byte, or a file.",
        ["--labels"] = "A file of class names.",
        ["--shard"] = "One part of the pictures: I/N, slurm, kubernetes/N.",
    };

    /// <summary>Constants of methods and limits, which only <c>--help-advanced</c> shows.</summary>
    public static IReadOnlySet<string> Advanced { get; } = new HashSet<string>
    {
        // Model and device.
        "--from", "--download-hours", "--threads", "--algorithm", "--precision", "--size", "--head", "--allow-non-finite",
        "--max-memory", "--max-work", "--max-pixels",
        // Pictures.
        "--png-level", "--percentile", "--colours", "--pack", "--neuron", "--unit", "--maps",
        // Maps.
        "--crops-from", "--box", "--signed", "--lift-pools", "--samples", "--noise", "--seed", "--steps", "--square", "--baseline", "--fill",
        // Localisation.
        "--foreground-quantile", "--background-quantile", "--components", "--gamma", "--hard-seeds", "--threshold", "--smoothing",
        "--max-side",
        // Class models.
        "--rate", "--jitter", "--blur", "--blur-every", "--decay", "--tv", "--pad", "--scale", "--rotate", "--clip-norm",
        "--clip-contribution",
        // Metrics and training.
        "--tolerance", "--grid", "--mosaic", "--confidence", "--masks", "--points", "--reference", "--again", "--notice", "--sbatch",
        "--warmup-epochs", "--weight-decay", "--label-smoothing", "--clip", "--dropout", "--mixup",
        "--average-decay", "--match-by-position",
    };
}
