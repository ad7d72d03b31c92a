using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Kernels.Cpu;
using NetViz.Kernels.Gpu;
using NetViz.Procedures;
using Spectre.Console;

namespace NetViz.Cli.Devices;

/// <summary><c>netviz devices</c>: what <c>--device</c> can name on this machine, and why something cannot be used.</summary>
internal static class DevicesCommand
{
    public static Command Create() => CommonOptions.CreatePlain("devices",
        "Lists the devices that --device can name, which of them auto takes, and why one cannot be used.", [], Run);

    private static int Run(ParseResult parsed)
    {
        var platforms = new List<PlatformReport>();
        var devices = new List<DeviceReport>();
        foreach (GpuPlatform platform in (GpuPlatform[])[GpuPlatform.Cuda, GpuPlatform.OpenCL])
        {
            string name = GpuDevices.NameOf(platform);
            (string Reason, string Hint)? missing = GpuDevices.MissingLibrary(platform);
            IReadOnlyList<GpuDeviceInfo> found = GpuDevices.List(platform);
            if (found.Count == 0) missing ??= GpuDevices.NoDevice(platform);
            if (missing is var (reason, hint)) platforms.Add(new PlatformReport(name, reason, hint));
            devices.AddRange(found.Select(Of));
        }

        using (var cpu = new CpuKernels())
        {
            devices.Add(new DeviceReport("cpu", cpu.Name, cpu.Description, null, null, "processor",
                GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, cpu.Threads, true, null));
        }

        devices.AddRange(GpuDevices.List(GpuPlatform.IlgpuCpu).Select(Of));
        FoundCard auto = CardSearch.Found;
        string chosen = auto.Card?.Id ?? "cpu";
        devices = [.. devices.Select(device => device with { IsAuto = device.Id == chosen })];

        if (parsed.GetValue(CommonOptions.Json))
            Output.PrintJson(new { Auto = chosen, auto.Fault, Devices = devices, Missing = platforms });
        else if (!parsed.GetValue(CommonOptions.Quiet))
            Print(devices, platforms, auto);
        return 0;
    }

    private static DeviceReport Of(GpuDeviceInfo device) => new(device.Id, GpuDevices.NameOf(device.Platform), device.Name,
        device.Capability.Length > 0 ? device.Capability : null, device.Refusal, device.Kind.ToString().ToLowerInvariant(),
        device.MemoryBytes, null, false, WhyNotAuto(device));

    private static string? WhyNotAuto(GpuDeviceInfo device) => device switch
    {
        { Refusal: not null } => "it cannot be used",
        { IsForAuto: true } => null,
        { Platform: GpuPlatform.IlgpuCpu } => "it is an emulation",
        { Kind: GpuDeviceKind.Processor } => "it is a processor: cpu is faster there",
        _ => "it shares the processor's memory: cpu serves there",
    };

    private static void Print(List<DeviceReport> devices, List<PlatformReport> missing, FoundCard auto)
    {
        IAnsiConsole console = Output.Console;
        Table table = Output.Table("--device", "<name", "<kind", "<capability", "memory", "<auto");
        foreach (DeviceReport device in devices)
        {
            table.AddRow(device.Id, Markup.Escape(Printable.Line(device.Name)), device.Kind, device.Capability ?? "",
                ByteText.Of(device.MemoryBytes), device.IsAuto ? "[bold]taken[/]" : "");
        }

        console.Write(table);
        foreach (DeviceReport device in devices.Where(device => device.Refusal is not null))
            Console.WriteLine(Printable.Line($"{device.Id} cannot be used: {device.Refusal}"));
        foreach (DeviceReport device in devices.Where(device => device is { Refusal: null, NotAuto: not null }))
            Console.WriteLine(Printable.Line($"auto leaves {device.Id} out: {device.NotAuto}"));
        foreach (PlatformReport platform in missing)
            Console.WriteLine(Printable.Line($"no {platform.Platform} device: {platform.Reason} ({platform.Hint})"));
        if (auto.Fault is { } fault) Output.Warn($"the search for a GPU failed: {fault}");
        Console.WriteLine("reference and reference64 are plain loops on one thread, for proofs.");
    }

    private sealed record DeviceReport(string Id, string Platform, string Name, string? Capability, string? Refusal, string Kind,
        long MemoryBytes, int? Threads, bool IsAuto, string? NotAuto);

    private sealed record PlatformReport(string Platform, string Reason, string Hint);
}
