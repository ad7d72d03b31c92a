using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>The pages of netviz report and netviz prove as a reader sees them, in a real browser.</summary>
public sealed class PagesInBrowserTests
{
    private const string OpenAll = "() => document.querySelectorAll('details').forEach(part => part.open = true)";

    private readonly TemporaryFolder _folder = new();
    private Chromium? _browser;
    private JsonElement _classified;
    private JsonElement _saliency;

    [OneTimeSetUp]
    public async Task OpenBrowserAndMakePages()
    {
        string executable = Chromium.Require();
        string picture = ExampleReport.Pictures[0];
        Task<Chromium> browser = Chromium.StartAsync(executable);
        Task[] pages =
        [
            Task.Run(() => _folder.Write("report.html", ExampleReport.Written.Html)),
            Task.Run(() =>
            {
                Json("prove", picture, "--output", _folder.Path);
                File.Move(_folder.File($"{Path.GetFileNameWithoutExtension(picture)}.proof.html"), _folder.File("proof.html"));
            }),
            Task.Run(() => _classified = Json(["classify", .. ExampleReport.Pictures])),
            Task.Run(() => _saliency = Json("saliency", picture, "--output", _folder.File("maps"))),
        ];
        _browser = await browser;
        await Task.WhenAll(pages);
    }

    [OneTimeTearDown]
    public async Task CloseBrowser()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task It_can_be_read_and_asks_for_nothing([Values("report.html", "proof.html")] string page,
        [Values(ColorScheme.Light, ColorScheme.Dark)] ColorScheme scheme, [Values(1280, 390, 320)] int width)
    {
        await using OpenPage opened = await _browser!.OpenAsync(_folder.File(page), scheme, width);
        string[] closed = await opened.Page.EvaluateAsync<string[]>(PageInspection.Script);
        await opened.Page.EvaluateAsync(OpenAll);
        string[] open = await opened.Page.EvaluateAsync<string[]>(PageInspection.Script);
        bool isDark = await opened.Page.EvaluateAsync<bool>(
            "() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).every(v => v < 64)");
        Assert.That(opened.Complaints, Is.Empty);
        Assert.That(closed, Is.Empty);
        Assert.That(open, Is.Empty);
        Assert.That(isDark, Is.EqualTo(scheme == ColorScheme.Dark));
    }

    [Test]
    public async Task A_bad_page_is_seen_to_be_bad()
    {
        await using OpenPage opened = await _browser!.OpenAsync(_folder.Write("bad.html", """
            <h2>no h1</h2><p style="color: #999">pale</p><p style="font-size: 11px">small</p>
            <p style="width: 120vw; white-space: nowrap">wide</p>
            <h3 style="width: 1em; overflow-wrap: anywhere">broken</h3>
            <img src="data:image/png;base64,AA"><a href="#x">nowhere</a>
            <img src="https://127.0.0.1:1/x.png" alt="far"><script>console.log("talks"); nothing()</script>
            """), ColorScheme.Light, 390);
        string faults = string.Join('\n', await opened.Page.EvaluateAsync<string[]>(PageInspection.Script));
        foreach (string fault in (string[])["no language", "no title", "no viewport", "scrolls sideways", "no picture: far",
            "a picture without a text", "H2 after H0", "a link to nothing", "contrast 2.85: pale", "11 px: small",
            "broken word: broken"])
            Assert.That(faults, Does.Contain(fault));
        foreach (string complaint in (string[])["asks for https://127.0.0.1", "says talks", "fails with"])
            Assert.That(opened.Complaints, Has.Some.StartsWith(complaint));
    }

    [Test]
    public async Task Rules_stand_side_by_side_and_two_by_two_on_a_phone([Values(1280, 390, 320)] int width)
    {
        await using OpenPage opened = await _browser!.OpenAsync(_folder.File("report.html"), ColorScheme.Light, width);
        JsonElement places = await opened.Page.EvaluateAsync<JsonElement>("""
            () => [...document.querySelector('.row').children].map(cell => {
              const box = cell.getBoundingClientRect();
              return [cell.querySelector('strong').textContent, box.left, box.top, cell.querySelector('img').width];
            })
            """);
        Assert.That(places.EnumerateArray().Select(place => place[0].GetString()),
            Is.EqualTo(new[] { "Photograph", "gradient", "deconvnet", "guided" }));
        Assert.That(places.EnumerateArray().Select(place => place[2].GetDouble()).Distinct().Count(),
            Is.EqualTo(width == 1280 ? 1 : 2), "rows");
        Assert.That(places.EnumerateArray().Select(place => place[3].GetDouble()), Is.All.GreaterThan(width == 320 ? 130 : 160));
    }

    [Test]
    public async Task The_numbers_are_those_of_classify_and_saliency()
    {
        await using OpenPage opened = await _browser!.OpenAsync(_folder.File("report.html"), ColorScheme.Light, 1280);
        Assert.That(await opened.Page.TitleAsync(), Is.EqualTo("NetViz: 2 pictures"));
        string[] sections = [.. await opened.Page.Locator("h2").AllInnerTextsAsync()];
        Assert.That(await opened.Page.Locator("nav a").AllInnerTextsAsync(), Is.EqualTo(sections));
        JsonElement[] pictures = [.. _classified.EnumerateArray()];
        for (int k = 0; k < pictures.Length; k++)
        {
            JsonElement[] top = [.. pictures[k].GetProperty("top").EnumerateArray()];
            string[][] rows = await Rows(opened.Page, $"#s{k + 1} ~ .beside >> nth=0");
            Assert.That(rows.Select(row => string.Join('|', row)), Is.EqualTo(top.Select(c => string.Create(
                CultureInfo.InvariantCulture, $"{c.GetProperty("name").GetString()}|{c.GetProperty("index").GetInt32()}|"
                + $"{c.GetProperty("score").GetSingle():0.000}|{c.GetProperty("probability").GetSingle():P1}"))));
            Assert.That(sections[k], Does.EndWith($": {rows[0][0]}, {rows[0][3]}"));
        }

        string[][] rules = await Rows(opened.Page, ".scale + .row + .table >> nth=0");
        JsonElement maps = _saliency[0].GetProperty("images")[0].GetProperty("classes")[0].GetProperty("maps");
        Assert.That(rules.Select(row => $"{row[0]} {row[1]}"), Is.EqualTo(maps.EnumerateArray().Select(map => string.Create(
            CultureInfo.InvariantCulture,
            $"{map.GetProperty("rule").GetString()} {map.GetProperty("signal_norm").GetDouble():G4}"))));
    }

    [Test]
    public async Task Details_open_and_close_with_the_keyboard()
    {
        await using OpenPage opened = await _browser!.OpenAsync(_folder.File("report.html"), ColorScheme.Light, 1280);
        ILocator first = opened.Page.Locator("details").First;
        Assert.That(await first.Locator("table").IsVisibleAsync(), Is.False);
        for (int k = 0; k < 20; k++)
        {
            await opened.Page.Keyboard.PressAsync("Tab");
            if (await opened.Page.EvaluateAsync<string>("() => document.activeElement.tagName") == "SUMMARY") break;
        }

        await opened.Page.Keyboard.PressAsync("Enter");
        Assert.That(await first.Locator("table").IsVisibleAsync());
        Assert.That(await first.Locator("tbody tr").CountAsync(), Is.EqualTo(25), "layers");
        await opened.Page.Keyboard.PressAsync("Enter");
        Assert.That(await first.Locator("table").IsVisibleAsync(), Is.False);
    }

    [Test]
    public async Task On_paper_everything_is_open_and_nothing_is_cut([Values("report.html", "proof.html")] string page)
    {
        // A4 between margins of 1 cm is 718 CSS pixels wide.
        await using OpenPage opened = await _browser!.OpenAsync(_folder.File(page), ColorScheme.Dark, 718);
        await opened.Page.EmulateMediaAsync(new PageEmulateMediaOptions { Media = Media.Print });
        Assert.That(await opened.Page.EvaluateAsync<string[]>(PageInspection.Script), Is.Empty);
        string[] faults = await opened.Page.EvaluateAsync<string[]>("""
            () => [...document.querySelectorAll('.table')].flatMap(box =>
              !box.querySelector('td').checkVisibility() ? [`hidden: ${box.innerText}`] :
              box.scrollWidth > box.clientWidth ? [`${box.scrollWidth} > ${box.clientWidth}: ${box.innerText}`] : [])
            """);
        Assert.That(faults, Is.Empty);
        Assert.That(await opened.Page.EvaluateAsync<string>("() => getComputedStyle(document.body).backgroundColor"),
            Is.EqualTo("rgb(255, 255, 255)"), "paper is white");
    }

    private static async Task<string[][]> Rows(IPage page, string table) =>
        [.. (await page.Locator(table).Locator("tbody tr").AllInnerTextsAsync()).Select(row => row.Split('\t'))];

    private static JsonElement Json(params string[] arguments)
    {
        NetvizProcess run = NetvizProcess.Run([.. arguments, "--json"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        return run.Json;
    }
}
