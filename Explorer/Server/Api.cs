using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using NetViz.Engine;
using NetViz.Explorer.Passes;
using NetViz.Explorer.Pictures;
using NetViz.Explorer.Views;
using NetViz.Procedures;
using NetViz.Visualisation.Rendering;

namespace NetViz.Explorer.Server;

/// <summary>What the page asks. Every address holds the whole question; a session holds only the pictures that a visitor brought.</summary>
internal sealed class Api(ExplorerOptions options, ModelShelf models, PictureShelf pictures, ModelOptions modelOptions) : IDisposable
{
    /// <summary>The request header with the session's name. A foreign page cannot send it.</summary>
    public const string SessionHeader = "X-NetViz-Session";

    private const string Png = "image/png";
    private const long AnswerBytes = 128_000_000;

    private readonly SessionShelf _sessions = new(options);
    private readonly WalkCache _walks = new(options.CacheBytes);
    private readonly ResponseCache _answers = new(AnswerBytes);

    private bool MayUpload => options.Listen is null || options.AllowUploads;

    /// <summary>Adds the addresses.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        Get(routes, "session", context => Json(context, new { session = _sessions.Open().Id }));
        Get(routes, "model", context => Json(context, Describe(new Question(context.Request.Query))));
        Get(routes, "pictures", context => Json(context, new { first = pictures.First, pictures = Listed(context) }));
        Get(routes, "queue", context => Json(context, new
        {
            queue = models.First.Gate.State, sessions = _sessions.Count, bytes = _walks.Bytes,
        }));
        Get(routes, "picture", SendPicture);
        Post(routes, "pictures", options.MaxPictureBytes, TakePicture);
        Post(routes, "models", options.MaxModelBytes, TakeModel);
        Numbers(routes, "forward", (walk, _, _, _) => ForwardView.Of(walk));
        Numbers(routes, "overview", OverviewView.Of);
        Numbers(routes, "layer", LayerView.Of);
        Numbers(routes, "step", StepView.Of);
        Numbers(routes, "trace", TraceView.Of);
        Numbers(routes, "places", (walk, asked, _, _) => SwitchesView.Places(walk, asked));
        Get(routes, "switches", SendSwitches);
        Get(routes, "map", context => Stream(context, MapsView.Of));
        Get(routes, "localise", context => Stream(context, LocaliseView.Of));
        Get(routes, "catalogue", context => Json(context, Catalogue()));
        Get(routes, "download", Download);
        Get(routes, "live", StartLive);
        Get(routes, "live/report", context => Json(context, LiveOf(context).Report()));
        Post(routes, "live", 0, context =>
        {
            LiveOf(context).Change(new Question(context.Request.Query));
            return Json(context, new { });
        });
    }

    /// <inheritdoc/>
    public void Dispose() => _walks.Dispose();

    private void Get(IEndpointRouteBuilder routes, string path, Func<HttpContext, Task> handler) =>
        routes.MapGet($"/api/{path}", context => Problems.Guard(context, options, () => handler(context)));

    private void Post(IEndpointRouteBuilder routes, string path, long maxBytes, Func<HttpContext, Task> handler) =>
        routes.MapPost($"/api/{path}", context => Problems.Guard(context, options, () =>
        {
            context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = maxBytes;
            if (context.Request.ContentLength > maxBytes)
                throw new RefusedException(StatusCodes.Status413PayloadTooLarge, "Too long",
                    $"the body has {context.Request.ContentLength} bytes; up to {maxBytes} are supported");
            return handler(context);
        }));

    /// <summary>A question about a picture that is answered with numbers, from the cache where it was asked before.</summary>
    private void Numbers(IEndpointRouteBuilder routes, string path, Func<Walk, Question, int, CancellationToken, byte[]> answer) =>
        Get(routes, path, async context =>
        {
            var asked = new Question(context.Request.Query);
            (LoadedModel model, ShelfPicture picture) = (ModelOf(asked), PictureOf(context, asked));
            string key = $"{model.Id} {asked.Key(path)}";
            byte[]? bytes = _answers.Find(key);
            if (bytes is null)
            {
                bytes = await model.Gate.RunAsync(token => UseWalk(model, picture, token, walk =>
                {
                    byte[] made = answer(walk, asked, ClassOf(model, walk, asked), token);
                    _answers.Add(key, made);
                    return made;
                }), context.RequestAborted).ConfigureAwait(false);
            }

            await Send(context, TensorMessage.ContentType, bytes).ConfigureAwait(false);
        });

    private T UseWalk<T>(LoadedModel model, ShelfPicture picture, CancellationToken token, Func<Walk, T> use) =>
        _walks.Use($"{model.Id} {picture.Id}", () => model.Explainer.Explore(FileOf(picture), null, token), use);

    private static int ClassOf(LoadedModel model, Walk walk, Question asked)
    {
        string text = asked.Text("class") ?? "top";
        return text == "top" ? walk.Exploration.Top.Index : model.Explainer.Model.FindClass(text);
    }

    private static InputFile FileOf(ShelfPicture picture) => InputFile.Of(picture.Photo.Value, picture.Name);

    private LoadedModel ModelOf(Question asked) => models.Find(asked.Text("model"));

    private ShelfPicture PictureOf(HttpContext context, Question asked, string name = "picture")
    {
        string id = asked.Text(name) ?? pictures.First;
        return pictures.Find(id) ?? SessionOf(context)?.Find(id)
            ?? throw new RefusedException(StatusCodes.Status404NotFound, "No such picture",
                $"the picture {Shortened(id)} is not here; drop it on the page again");
    }

    private static string Shortened(string id) => id.Length > 40 ? id[..12] + "..." : id;

    private Session? SessionOf(HttpContext context) => _sessions.Find(context.Request.Headers[SessionHeader]);

    private Session RequiredSession(HttpContext context) => SessionOf(context)
        ?? throw new RefusedException(StatusCodes.Status401Unauthorized, "No session", "the session was dropped; load the page again");

    private object Describe(Question asked) => new
    {
        model = ModelView.Of(ModelOf(asked)),
        models = models.All.Select(model => new { model.Id, model.Name }).ToArray(),
        maps = MapsView.Choices,
        presets = LiveModel.Choices,
        uploads = MayUpload,
        classroom = options.Listen is not null,
        limits = new { picture = options.MaxPictureBytes, model = options.MaxModelBytes },
        version = ResultFiles.Version,
    };

    private object[] Listed(HttpContext context) => [.. pictures.All.Concat(SessionOf(context)?.Pictures ?? [])
        .Select(picture => new { picture.Id, picture.Name })];

    private async Task SendPicture(HttpContext context)
    {
        ShelfPicture picture = PictureOf(context, new Question(context.Request.Query));
        string key = $"png {picture.Id}";
        byte[]? png = _answers.Find(key);
        if (png is null) _answers.Add(key, png = ImageFile.EncodePng(Thumbnail.Of(picture.Photo.Value, 1024)));
        await Send(context, Png, png).ConfigureAwait(false);
    }

    private async Task TakePicture(HttpContext context)
    {
        RequireUploads();
        Session session = RequiredSession(context);
        string name = new Question(context.Request.Query).Text("name") ?? "picture";
        byte[] bytes = await Body(context, options.MaxPictureBytes).ConfigureAwait(false);
        ShelfPicture picture = PictureShelf.Of(bytes, Printable.Line(name));
        session.Add(picture);
        await Json(context, new { picture.Id, picture.Name }).ConfigureAwait(false);
    }

    private async Task TakeModel(HttpContext context)
    {
        RequireUploads();
        RequiredSession(context);
        string name = Path.GetFileName(new Question(context.Request.Query).Text("name") ?? "model.onnx");
        byte[] bytes = await Body(context, options.MaxModelBytes).ConfigureAwait(false);
        string file = Path.Combine(Path.GetTempPath(), $"netviz-{Guid.NewGuid():N}.onnx");
        LoadedModel model = await models.First.Gate.RunAsync(token =>
        {
            try
            {
                // Created new, readable by this user alone, with a name that cannot be guessed.
                using (var stream = new FileStream(file, new FileStreamOptions
                {
                    Mode = FileMode.CreateNew, Access = FileAccess.Write,
                    UnixCreateMode = OperatingSystem.IsWindows() ? null : UnixFileMode.UserRead | UnixFileMode.UserWrite,
                })) stream.Write(bytes);
                return models.Add(new LoadedModel(
                    Explainer.Open(modelOptions with { Model = file, Preprocess = null, Labels = null, Head = null }, null, token), options)
                {
                    Name = Printable.Line(name), TemporaryFile = file,
                });
            }
            catch (NetVizException e)
            {
                File.Delete(file);
                throw new NetVizException(e.Message.Replace(file, name, StringComparison.Ordinal));
            }
            catch
            {
                File.Delete(file);
                throw;
            }
        }, context.RequestAborted).ConfigureAwait(false);
        FreeDropped();
        await Json(context, new { model.Id, model.Name }).ConfigureAwait(false);
    }

    private void FreeDropped()
    {
        foreach (LoadedModel dropped in models.TakeIdle())
        {
            _walks.Drop(dropped.Id);
            dropped.Dispose();
        }
    }

    private async Task SendSwitches(HttpContext context)
    {
        var asked = new Question(context.Request.Query);
        (LoadedModel model, ShelfPicture picture) = (ModelOf(asked), PictureOf(context, asked));
        ShelfPicture? other = asked.Text("other") is null ? null : PictureOf(context, asked, "other");
        byte[] bytes = await model.Gate.RunAsync(token => UseWalk(model, picture, token, walk => SwitchesView.Swapped(model, walk,
            other is null ? null : () => model.Explainer.Explore(FileOf(other), null, token), asked, ClassOf(model, walk, asked))),
            context.RequestAborted).ConfigureAwait(false);
        await Send(context, TensorMessage.ContentType, bytes).ConfigureAwait(false);
    }

    private Task Stream(HttpContext context,
        Func<LoadedModel, InputFile, Question, IProgress<ProcedureEvent>, CancellationToken, byte[]> work)
    {
        var asked = new Question(context.Request.Query);
        (LoadedModel model, ShelfPicture picture) = (ModelOf(asked), PictureOf(context, asked));
        return EventStream.Run(context, options, model.Gate, (progress, token) => work(model, FileOf(picture), asked, progress, token));
    }

    private static object Catalogue() => new
    {
        models = Weights.Catalogue.ModelCatalogue.Current.Models.Select(model => new { model.Name, model.Family, model.Bytes }).ToArray(),
    };

    private Task Download(HttpContext context)
    {
        RequireUploads();
        RequiredSession(context);
        string name = new Question(context.Request.Query).Required("name");
        if (!Weights.Catalogue.ModelCatalogue.Current.Models.Any(model => model.Name == name))
            throw new NetVizException($"the catalogue has no model '{Printable.Line(name)}'");
        return EventStream.Run(context, options, models.First.Gate, (progress, token) =>
        {
            LoadedModel model = models.Add(new LoadedModel(
                Explainer.Open(modelOptions with { Model = name, Preprocess = null, Labels = null, Head = null }, progress, token), options)
            {
                Name = name,
            });
            FreeDropped();
            return new TensorMessage().ToBytes(new { model.Id, model.Name });
        });
    }

    private async Task StartLive(HttpContext context)
    {
        var asked = new Question(context.Request.Query);
        Session session = RequiredSession(context);
        LoadedModel model = ModelOf(asked);
        session.Live?.Stop();
        session.Live = new LiveModel(model, asked, model.Explainer.Model.FindClass(asked.Required("class")));
        try
        {
            await session.Live.Run(context).ConfigureAwait(false);
        }
        catch (NetVizException e) when (context.Response.HasStarted)
        {
            await EventStream.Send(context, "problem", new { title = "The ascent ended", detail = options.Message(e.Message) })
                .ConfigureAwait(false);
        }
    }

    private LiveModel LiveOf(HttpContext context) => RequiredSession(context).Live
        ?? throw new RefusedException(StatusCodes.Status404NotFound, "No class model", "no class model was started");

    private void RequireUploads()
    {
        if (!MayUpload)
        {
            throw new RefusedException(StatusCodes.Status403Forbidden, "Uploads are off",
                "this classroom takes no pictures or models of its visitors; the teacher allows them with --allow-uploads");
        }
    }

    private static async Task<byte[]> Body(HttpContext context, long maxBytes)
    {
        using var body = new MemoryStream();
        var buffer = new byte[1 << 16];
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted).ConfigureAwait(false)) > 0)
        {
            if (body.Length + read > maxBytes)
                throw new RefusedException(StatusCodes.Status413PayloadTooLarge, "Too long", $"the body is longer than {maxBytes} bytes");
            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }

    private static Task Json(HttpContext context, object value) =>
        Send(context, "application/json", JsonSerializer.SerializeToUtf8Bytes(value, TensorMessage.Json));

    private static async Task Send(HttpContext context, string type, byte[] bytes)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
    }
}
