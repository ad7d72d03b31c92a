using NetViz.Procedures;
using NUnit.Framework;

namespace NetViz.Tests.Procedures;

/// <summary>One explainer behind many clients, as in examples/web-service.cs.</summary>
public class ServiceTests
{
    private const int Clients = 12, Requests = 3;

    private static readonly string[] Pictures = ["sample:orange", "sample:lemon", "sample:teapot"];

    [Test]
    public async Task Clients_that_share_an_explainer_get_the_bytes_of_a_call_alone_and_those_that_leave_free_their_place()
    {
        using Explainer explainer = Explainer.Open(new ModelOptions { Device = "cpu", MaxPasses = 2 });
        float[][] expected = [.. Pictures.Select(picture => SignalOf(explainer, picture, CancellationToken.None))];
        using var places = new SemaphoreSlim(explainer.Prepared.MaxPasses);
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            using var leaving = new CancellationTokenSource();
            bool leaves = client % 3 == 0;
            for (int k = 0; k < Requests; k++)
            {
                int picture = (client + k) % Pictures.Length;
                await places.WaitAsync();
                try
                {
                    if (leaves) leaving.CancelAfter(client);
                    float[] signal = SignalOf(explainer, Pictures[picture], leaving.Token);
                    Assert.That(signal.AsSpan().SequenceEqual(expected[picture]), Pictures[picture]);
                }
                catch (OperationCanceledException) when (leaves)
                {
                    return;
                }
                finally
                {
                    places.Release();
                }
            }
        })));
        Assert.That(places.CurrentCount, Is.EqualTo(2));
        Assert.That(SignalOf(explainer, Pictures[0], CancellationToken.None), Is.EqualTo(expected[0]));
    }

    private static float[] SignalOf(Explainer explainer, string picture, CancellationToken token)
    {
        SaliencyResult result = explainer.Saliency(picture, new SaliencyOptions { Rules = ["gradient"] }, token: token);
        return result.Images[0].Classes[0].Maps[0].Signal!.Values();
    }
}
