using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NetViz.Kernels.Gpu;
using NetViz.Weights;
using NetViz.Weights.Generation;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Benchmarks.Gpu;

/// <summary>
/// VGG-16 with random weights on a GPU: forward, and forward plus gradient at the image, whole and layer by layer against the
/// floor that the device's measured peaks set, and beside PyTorch on the same device where there is one.
/// </summary>
internal static class GpuBenchmark
{
    /// <summary>Measures and prints. Returns the exit code.</summary>
    /// <param name="arguments">
    /// --device cuda[:n] | opencl[:n], --batch 1,8,32, --seconds N a measurement, --python FILE or none; a smaller network by
    /// --size, --channels and --hidden.
    /// </param>
    /// <exception cref="DeviceException">There is no such device.</exception>
    public static int Run(string[] arguments)
    {
        var options = new Options("gpu", arguments, "--device", "--batch", "--seconds", "--size", "--channels", "--hidden",
            "--python");
        (GpuPlatform platform, int index) = DeviceOf(options);
        int[] batches = options.Wholes("--batch", 1, 8, 32);
        int seconds = options.Whole("--seconds", 2);
        var vgg = new VggOptions
        {
            InputSize = options.Whole("--size", 224), Channels = options.Whole("--channels", 64),
            Hidden = options.Whole("--hidden", 4096),
        };

        var ours = new Dictionary<(GpuPrecision, int), PassTimes>();
        var floors = new Dictionary<int, double>();
        Peaks peaks;
        string title;
        using (GpuAccelerator accelerator = GpuDevices.Open(platform, index))
        {
            using (var kernels = new GpuKernels(accelerator, ownsAccelerator: false)) peaks = Peaks.Of(kernels);
            title = $"{accelerator.Name}, {accelerator.MemoryBytes / 1e9:0.0} GB: {peaks}";
            Console.WriteLine($"{title}\n");
            using OnnxModel model = Write(vgg);
            // Only CUDA has tensor cores, and TF32 with them.
            GpuPrecision[] precisions =
                platform == GpuPlatform.Cuda ? Enum.GetValues<GpuPrecision>() : [GpuPrecision.Float32];
            foreach (GpuPrecision precision in precisions)
            {
                using PreparedNetwork prepared = model.Network.On(Device.Custom("gpu",
                    () => new GpuKernels(accelerator, new GpuOptions { Precision = precision }, ownsAccelerator: false)));
                foreach (int batch in batches)
                {
                    Shape shape = model.InputShape(batch);
                    PassTimes times = PassTimes.Measure(prepared, Numbers.Create(Operands.Random(shape.Count, 5),
                        [.. shape.Lengths.ToArray().Select(length => (nint)length)]), seconds);
                    ours[(precision, batch)] = times;
                    floors[batch] = PrintLayers(model.Network, shape, precision, times, peaks);
                }
            }

            double compiling = accelerator.CompileTime.TotalSeconds;
            Console.WriteLine($"{accelerator.CompiledKernels} kernels compiled in {compiling:0.0} s\n");
        }

        // The card is given back by now; the peer has it to itself.
        string python = options.Text("--python") ?? "python3";
        string peerDevice = platform == GpuPlatform.Cuda ? $"cuda:{index}" : "cpu";
        (List<PyTorchTime> theirs, string about) = python == "none" ? ([], "not asked for")
            : PyTorchVgg.Run(python, peerDevice, vgg, batches, seconds);
        Ratios.Print(title, about, ours, theirs, floors);
        return 0;
    }

    /// <summary>Prints what a device reaches at most.</summary>
    /// <param name="arguments">--device cuda[:n] | opencl[:n].</param>
    /// <exception cref="DeviceException">There is no such device.</exception>
    public static int RunPeaks(string[] arguments)
    {
        (GpuPlatform platform, int index) = DeviceOf(new Options("peaks", arguments, "--device"));
        using var kernels = new GpuKernels(GpuDevices.Open(platform, index));
        Console.WriteLine($"{kernels.Name}: {kernels.Description}; {Peaks.Of(kernels)}");
        return 0;
    }

    private static (GpuPlatform Platform, int Index) DeviceOf(Options options)
    {
        string name = options.Text("--device") ?? GpuDevices.NameOf(GpuPlatform.Cuda);
        string[] parts = name.Split(':');
        int index = 0;
        foreach (GpuPlatform platform in (GpuPlatform[])[GpuPlatform.Cuda, GpuPlatform.OpenCL])
        {
            if (parts[0] == GpuDevices.NameOf(platform)
                && (parts.Length == 1 || (parts.Length == 2 && int.TryParse(parts[1], out index))))
                return (platform, index);
        }

        throw new NetVizException($"--device {name}", "cuda[:n] and opencl[:n] are known");
    }

    private static OnnxModel Write(VggOptions vgg)
    {
        string path = Path.Combine(Path.GetTempPath(), $"netviz-vgg16-{Environment.ProcessId}.onnx");
        try
        {
            VggGenerator.Write(path, vgg);
            return OnnxModel.Load(path);
        }
        finally
        {
            // An open file stays readable; where it does not, deleting it is refused.
            try { File.Delete(path); }
            catch (IOException) { }
        }
    }

    /// <summary>Prints each layer's times over its floor.</summary>
    /// <returns>The whole network's floor for one way, in milliseconds.</returns>
    private static double PrintLayers(Network network, Shape input, GpuPrecision precision, PassTimes times, Peaks peaks)
    {
        Console.WriteLine($"Layer by layer, batch {input.N}, {precision}; the device waited for after each:\n");
        var table = new MarkdownTable("layer", "bound by", "floor ms", "forward ms", "over floor", "backward ms", "over floor");
        Shape[] shapes = network.InferShapes(input);
        double whole = 0;
        foreach (Node node in network.Nodes)
        {
            LayerFloor floor = LayerFloor.Of(node, shapes);
            double least = floor.Milliseconds(peaks);
            whole += least;
            (double up, double down) = times.Layers[node.Index];
            table.Add(node.Name, floor.BoundBy(peaks), $"{least:0.000}", $"{up:0.000}", $"{up / least:0.0}",
                double.IsNaN(down) ? "" : $"{down:0.000}", double.IsNaN(down) ? "" : $"{down / least:0.0}");
        }

        table.Print();
        return whole;
    }
}
