using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using NetViz.Engine;
using NetViz.Explorer.Passes;
using NetViz.Explorer.Views;
using NetViz.Procedures;

namespace NetViz.Explorer.Server;

/// <summary>Errors as <c>application/problem+json</c> (RFC 9457), each with the one line that the command line prints.</summary>
internal static class Problems
{
    /// <summary>Writes a problem, unless the answer has begun.</summary>
    public static async Task Write(HttpContext context, int status, string title, string detail)
    {
        if (context.Response.HasStarted) return;
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/problem+json";
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(new { type = "about:blank", title, status, detail = Printable.Line(detail) },
            TensorMessage.Json);
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.Body.WriteAsync(body).ConfigureAwait(false);
    }

    /// <summary>Runs a handler and turns what it throws into a problem.</summary>
    public static async Task Guard(HttpContext context, ExplorerOptions options, Func<Task> handler)
    {
        try
        {
            await handler().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The browser closed the connection, so no answer is written.
            context.Abort();
        }
        catch (Exception e)
        {
            (int status, string title, string detail) = Describe(e, options);
            if (e is BusyException busy)
                context.Response.Headers.RetryAfter = Math.Ceiling(busy.State.Seconds).ToString(CultureInfo.InvariantCulture);
            await Write(context, status, title, detail).ConfigureAwait(false);
        }
    }

    /// <summary>Returns what a problem says.</summary>
    public static (int Status, string Title, string Detail) Describe(Exception e, ExplorerOptions options) => e switch
    {
        BusyException => (StatusCodes.Status503ServiceUnavailable, "The queue is full", e.Message),
        RefusedException refused => (refused.Status, refused.Title, e.Message),
        BadHttpRequestException bad => (bad.StatusCode, "The request is refused", bad.Message),
        NetVizException => (StatusCodes.Status400BadRequest, "The input is refused", options.Message(e.Message)),
        OperationCanceledException => (StatusCodes.Status409Conflict, "Stopped", "the work was stopped"),
        _ => (StatusCodes.Status500InternalServerError, "Internal error",
            $"internal error, {e.GetType().Name}: {e.Message} (please report it)"),
    };
}

/// <summary>A request that is refused for another reason than bad input.</summary>
internal sealed class RefusedException(int status, string title, string message) : Exception(message)
{
    public int Status => status;

    public string Title => title;
}
