using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Kernels.Gpu;
using NUnit.Framework;

namespace NetViz.Tests.Engine;

/// <summary>How devices are named, chosen and refused.</summary>
public sealed class DeviceTests
{
    [TestCase("cuda", "cuda")]
    [TestCase("CUDA:2", "cuda")]
    [TestCase("opencl:0", "opencl")]
    [TestCase("ilgpu-cpu", "ilgpu-cpu")]
    [TestCase("reference64", "reference64")]
    public void Names_are_understood(string name, string device) => Assert.That(Device.Parse(name).Name, Is.EqualTo(device));

    [TestCase("opencl:-1")]
    [TestCase("opencl:")]
    [TestCase("cuda:one")]
    [TestCase("ilgpu-cpu:0")]
    [TestCase("tpu")]
    public void Other_names_are_refused_with_all_that_are_known(string name) =>
        Assert.That(() => Device.Parse(name), Throws.TypeOf<NetVizException>().With.Message.EqualTo(
            $"device '{name}' is unknown; auto, cpu, cuda[:n], opencl[:n], ilgpu-cpu, reference, reference64 are known"));

    [Test]
    public void A_number_that_no_device_has_is_refused_with_those_that_there_are()
    {
        GpuBackEnd.Require(GpuPlatform.OpenCL);
        Assert.That(() => SmallNetworks.EveryLayer().On(Device.Parse("opencl:7")), Throws.TypeOf<NetVizException>().With.Message
            .Match(@"^device opencl:7 does not exist; (there is only opencl:0|they go up to opencl:\d) \(netviz devices "));
    }

    /// <summary>auto takes a card that is one, and nothing that computes on the processor.</summary>
    [Test]
    public void Auto_takes_a_card_or_the_processor()
    {
        using PreparedNetwork prepared = SmallNetworks.EveryLayer().On(Device.Auto);
        Assert.That(Device.Auto.Warning, Is.Null);
        Assert.That(prepared.Kernels.Name,
            Is.EqualTo(CardSearch.Found.Card is { } card ? GpuDevices.NameOf(card.Platform) : "cpu"));
        GpuDeviceInfo[] all = [.. Enum.GetValues<GpuPlatform>().SelectMany(GpuDevices.List)];
        Assert.That(CardSearch.Found.Card, Is.EqualTo(all.FirstOrDefault(device => device.IsForAuto)),
            "the cheap search finds what ILGPU lists");
    }

    [Test]
    public void What_is_a_processor_integrated_or_refused_is_not_for_auto()
    {
        GpuDeviceInfo card = new(GpuPlatform.OpenCL, 0, "a card", 1 << 30, "OpenCL 3.0", GpuDeviceKind.Card, null);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(card.IsForAuto);
            Assert.That((card with { Kind = GpuDeviceKind.Processor }).IsForAuto, Is.False);
            Assert.That((card with { Kind = GpuDeviceKind.Integrated }).IsForAuto, Is.False);
            Assert.That((card with { Refusal = "it has OpenCL 1.2; 2.0 is needed" }).IsForAuto, Is.False);
            Assert.That((card with { Platform = GpuPlatform.IlgpuCpu, Kind = GpuDeviceKind.Processor }).IsForAuto, Is.False);
        }
    }
}
