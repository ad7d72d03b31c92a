using System.CommandLine;
using System.Globalization;
using NetViz.Analysis.Stepping;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Procedures;

namespace NetViz.Cli.Step;

/// <summary><c>netviz step</c>: one backward pass, walked layer by layer in a terminal.</summary>
internal static class StepCommand
{
    private static readonly Option<string> Rule = new("--rule", "-r")
    {
        Description = "The rule at the start: gradient, deconvnet, guided, or a composite such as deconvnet,relu5_*=gradient. "
            + "Keys switch it in mid-way.",
        HelpName = "RULE[,PLACE=RULE]...",
        DefaultValueFactory = _ => BackwardRule.Gradient.Name,
    };

    private static readonly Option<string?> Script = new("--script")
    {
        Description = "Plays keys instead of reading them, and prints a frame for the start and for each key, as plain text. "
            + "Keys are separated by blanks: down, up, left, right, home, end, tab, space, enter, esc, backspace, the letters "
            + "g d u r c e b n q, ?, and digits and commas that are typed in; NAME*3 is a key three times. "
            + "For example 'down*3 d down e 3,4,5 enter end q'.",
        HelpName = "KEYS",
    };

    private static readonly Option<bool> Ansi = new("--ansi")
    {
        Description = "With --script: frames in colour, with ANSI sequences.",
    };

    private static readonly Option<int?> Width = new("--width")
    {
        Description = "Columns of a frame. Default: the terminal's, with --script 80.",
        HelpName = "COLUMNS",
    };

    private static readonly Option<int?> Height = new("--height")
    {
        Description = "Rows of a frame. Default: the terminal's, with --script 24.",
        HelpName = "ROWS",
    };

    private static readonly Option<string> Picture = new("--picture")
    {
        Description = "How the signal is drawn: blocks (half blocks, in 24-bit colour where COLORTERM says so, else of 256), "
            + "sixel, shades (ASCII), none. auto asks the terminal for sixels, else takes blocks; shades where TERM is dumb or "
            + "linux, NO_COLOR is set or the locale is not UTF-8, and with --script without --ansi.",
        HelpName = "auto|blocks|sixel|shades|none",
        DefaultValueFactory = _ => "auto",
    };

    private enum PictureChoice
    {
        Auto,
        Blocks,
        Sixel,
        Shades,
        None,
    }

    public static Command Create() => CommonOptions.Create("step",
        "Walks down one backward pass in the terminal, a key a layer: the rule's equation, what was zeroed and why with counts, "
        + "and the signal as a small picture; the rule can be switched in mid-way (arXiv 1312.6034, section 4). The key ? "
        + "lists all keys. With --json it prints the layers passed: all of them, or those that --script leaves passed.",
        [ImageArguments.One, ImageArguments.ClassName, Rule, RuleOptions.RuleFile, .. RuleOptions.BoxAlone, Script, Ansi, Width, Height, Picture,
            CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        bool json = parsed.GetValue(CommonOptions.Json);
        string? keys = parsed.GetValue(Script);
        IReadOnlyList<(string Name, ConsoleKeyInfo[] Keys)> script = KeyScript.Parse(keys ?? (json ? "end" : ""));
        (int? width, int? height) = (Side("--width", parsed.GetValue(Width)), Side("--height", parsed.GetValue(Height)));
        var picture = CommonOptions.ParseChoice<PictureChoice>("--picture", parsed.GetValue(Picture)!);
        bool interactive = keys is null && !json;
        if (interactive) TerminalSession.Require();
        else if (picture == PictureChoice.Sixel || (picture == PictureChoice.Blocks && !parsed.GetValue(Ansi)))
        {
            throw new NetVizException($"--picture {parsed.GetValue(Picture)} cannot be printed as "
                + $"{(picture == PictureChoice.Sixel ? "lines of text" : "plain text")}", "--ansi --picture blocks can");
        }

        using Explainer model = CommonOptions.Open(parsed);
        BackwardRule rule = model.RuleOf(parsed.GetValue(Rule)!, new StepOptions
        {
            RuleFile = parsed.GetValue(RuleOptions.RuleFile),
            Box = RuleOptions.BoxOf(parsed),
        });
        using OneImage image = OneImage.Open(ImageArguments.OneOf(parsed), model, parsed.GetValue(ImageArguments.ClassName)!, null,
            new ProcedureRun(ConsoleProgress.Of(parsed))).NoteRules(rule);
        var walk = new Descent(image.Record, image.Seed, rule);
        var view = new StepView(walk, SubjectOf(image));
        if (interactive)
        {
            Interact(view, width, height, picture);
            return 0;
        }

        if (!json) Play(view, script, new StepFrame(width ?? 80, height ?? 24, StyleOf(picture, parsed.GetValue(Ansi)), (8, 16)),
            parsed.GetValue(Ansi) ? ColourDepth.True : ColourDepth.None);
        else foreach ((_, ConsoleKeyInfo[] pressed) in script) foreach (ConsoleKeyInfo key in pressed) view.Press(key);
        image.NoteRules(walk.Rule);
        if (json) Output.PrintJson(StepReport.Of(image, walk));
        else if (!parsed.GetValue(CommonOptions.Quiet)) Output.RuleNote(image.RuleNote);
        return 0;
    }

    private static int? Side(string option, int? given) => given is null or (>= 12 and <= 1000)
        ? given
        : throw new NetVizException($"{option} {given}; 12 to 1000 is supported", "80 x 24 is the usual terminal");

    private static StepSubject SubjectOf(OneImage image)
    {
        Photo? input = image.Photo is Photo photo && image.Placement is InputPlacement placement
            ? PhotoThumbnail.Cropped(photo, placement)
            : null;
        ChannelOrder order = image.Photo is null ? ChannelOrder.Rgb : image.Model.Preprocessing.Order;
        string name = image.File.Path.StartsWith(InputFile.SamplePrefix, StringComparison.Ordinal)
            ? image.File.Path
            : Path.GetFileName(image.File.Path);
        string likely = image.Class.Probability is { } p
            ? string.Create(CultureInfo.InvariantCulture, $"P = {100 * p:0.0} %")
            : "the only score";
        string title = string.Create(CultureInfo.InvariantCulture,
            $"{name}: {image.Class.Name} ({image.Class.Index}), S_c = {NumberText.Fixed(image.Class.Score, "0.00")}, {likely}");
        return new StepSubject(title, Path.GetFileName(image.Model.Model.Path), order, input);
    }

    /// <summary>Plays a script and prints the frames.</summary>
    private static void Play(StepView view, IReadOnlyList<(string Name, ConsoleKeyInfo[] Keys)> script, StepFrame frame,
        ColourDepth depth)
    {
        // A frame's texts are printable already; its colours are the program's own.
        TextWriter frames = depth == ColourDepth.None ? Console.Out : PrintableWriter.Behind(Console.Out);

        void Print(string title)
        {
            frames.WriteLine($"==== {title} {new string('=', Math.Max(0, frame.Width - title.Length - 6))}");
            Screen screen = frame.Draw(view);
            foreach (string line in depth == ColourDepth.None ? screen.Plain() : screen.Coloured(depth))
                frames.WriteLine(line);
        }

        Print("start");
        foreach ((string name, ConsoleKeyInfo[] keys) in script)
        {
            foreach (ConsoleKeyInfo key in keys)
            {
                if (!view.Press(key)) return;
            }

            Print(name);
        }
    }

    private static PictureStyle StyleOf(PictureChoice choice, bool ansi) => choice switch
    {
        PictureChoice.None => PictureStyle.None,
        PictureChoice.Shades => PictureStyle.Shades,
        _ => ansi ? PictureStyle.Blocks : PictureStyle.Shades,
    };

    private static void Interact(StepView view, int? width, int? height, PictureChoice choice)
    {
        using var session = new TerminalSession();
        (PictureStyle style, (int, int) cell) = Style(session, choice);
        bool plain = choice == PictureChoice.Auto && TerminalTraits.WantsShades;
        ColourDepth depth = plain ? ColourDepth.None : TerminalTraits.Colours;
        while (true)
        {
            (int Width, int Height) size = TerminalSession.Size;
            int columns = Math.Min(width ?? size.Width, size.Width), rows = Math.Min(height ?? size.Height, size.Height);
            var frame = new StepFrame(columns, rows, style, cell);
            session.Show(frame.Draw(view), depth);
            if (session.ReadKey(() => TerminalSession.Size != size) is ConsoleKeyInfo key && !view.Press(key)) return;
        }
    }

    private static (PictureStyle Style, (int Width, int Height) Cell) Style(TerminalSession session, PictureChoice choice)
    {
        switch (choice)
        {
            case PictureChoice.None: return (PictureStyle.None, default);
            case PictureChoice.Shades: return (PictureStyle.Shades, default);
            case PictureChoice.Blocks: return (PictureStyle.Blocks, default);
            case PictureChoice.Auto when TerminalTraits.WantsShades: return (PictureStyle.Shades, default);
        }

        (bool sixel, (int Width, int Height) cell) = session.AskForPixels();
        return (sixel || choice == PictureChoice.Sixel ? PictureStyle.Sixel : PictureStyle.Blocks, cell);
    }
}
