using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using NetViz.Explorer.Passes;
using NetViz.Explorer.Server;
using NetViz.Procedures;

namespace NetViz.Explorer.Views;

/// <summary>
/// Server-sent events of work that takes longer than a moment: <c>queue</c>, <c>progress</c>, then <c>result</c>, whose data is a
/// <see cref="TensorMessage"/> in base64, or <c>problem</c>.
/// </summary>
internal static class EventStream
{
    private static readonly TimeSpan QueueEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs work behind the gate and tells how far it is.</summary>
    public static async Task Run(HttpContext context, ExplorerOptions options, PassGate gate,
        Func<IProgress<ProcedureEvent>, CancellationToken, byte[]> work)
    {
        CancellationToken token = context.RequestAborted;
        Begin(context);
        var events = Channel.CreateBounded<(string, object)>(new BoundedChannelOptions(64) { FullMode = BoundedChannelFullMode.DropOldest });
        bool started = false;
        Task<byte[]> running = gate.RunAsync(inner =>
        {
            Volatile.Write(ref started, true);
            return work(new Reporter(events.Writer, inner), inner);
        }, token);
        Task<bool> more = events.Reader.WaitToReadAsync(token).AsTask();
        while (!running.IsCompleted)
        {
            await Task.WhenAny(running, more, Task.Delay(QueueEvery, token)).ConfigureAwait(false);
            if (!Volatile.Read(ref started)) await Send(context, "queue", gate.State).ConfigureAwait(false);
            while (events.Reader.TryRead(out (string Name, object Data) one)) await Send(context, one.Name, one.Data).ConfigureAwait(false);
            if (more.IsCompleted) more = events.Reader.WaitToReadAsync(token).AsTask();
        }

        try
        {
            byte[] result = await running.ConfigureAwait(false);
            await Send(context, "result", Convert.ToBase64String(result)).ConfigureAwait(false);
        }
        catch (Exception e) when (!token.IsCancellationRequested)
        {
            (int status, string title, string detail) = Problems.Describe(e, options);
            await Send(context, "problem", new { title, status, detail }).ConfigureAwait(false);
        }
    }

    /// <summary>Begins a stream.</summary>
    public static void Begin(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers["X-Accel-Buffering"] = "no";
    }

    /// <summary>Sends one event.</summary>
    public static async Task Send(HttpContext context, string name, object data)
    {
        string text = JsonSerializer.Serialize(data, TensorMessage.Json);
        await context.Response.WriteAsync($"event: {name}\ndata: {text}\n\n", context.RequestAborted).ConfigureAwait(false);
        await context.Response.Body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }

    private sealed class Reporter(ChannelWriter<(string, object)> events, CancellationToken token) : IProgress<ProcedureEvent>
    {
        private readonly Stack<(string Title, double Total)> _work = [];

        public void Report(ProcedureEvent value)
        {
            token.ThrowIfCancellationRequested();
            switch (value)
            {
                case WorkStarted started: _work.Push((started.Title, started.Total)); break;
                case WorkEnded: _work.TryPop(out _); break;
                case WorkAdvanced advanced when _work.TryPeek(out (string Title, double Total) current):
                    events.TryWrite(("progress", new { current.Title, current.Total, advanced.Done }));
                    break;
                case Remark remark: events.TryWrite(("remark", new { remark.Text, remark.IsWarning })); break;
                default: break;
            }
        }
    }
}
