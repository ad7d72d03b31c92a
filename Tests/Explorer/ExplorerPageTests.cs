using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;
using NetViz.Procedures;
using NetViz.Tests.Cli;
using NUnit.Framework;

namespace NetViz.Tests.Explorer;

/// <summary>The explorer's page in a browser, as a person uses it.</summary>
internal sealed class ExplorerPageTests
{
    private const int Patience = 60_000;

    private RunningExplorer _explorer = null!;
    private Chromium _chromium = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        string executable = Chromium.Require();
        (_explorer, _chromium) = (await RunningExplorer.StartAsync(), await Chromium.StartAsync(executable));
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_chromium is not null) await _chromium.DisposeAsync();
        if (_explorer is not null) await _explorer.DisposeAsync();
    }

    [Test]
    public async Task A_number_is_traced_as_trace_tells_it_and_the_address_keeps_it()
    {
        await using OpenPage opened = await _chromium.VisitAsync(Hash("#layer=relu3_1"), ColorScheme.Light, 1280);
        IPage page = opened.Page;
        await Ready(page);
        // By keys alone: the strongest number of the first map, then its largest term.
        await page.Locator("#view canvas[aria-label^='signal of map']").First.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("#terms button", new() { Timeout = Patience });
        await page.Locator("#terms button").First.ClickAsync();
        await Ready(page);
        string told = (await page.Locator("#traced").GetAttributeAsync("data-value"))!;
        Dictionary<string, string> state = State(page);
        using Explainer explainer = Explainer.Open();
        using TraceResult expected = explainer.Trace("sample:orange",
            new TraceOptions { Layer = state["layer"], Element = state["element"], Rules = ["gradient"], Steps = 1 });
        Assert.That(double.Parse(told, CultureInfo.InvariantCulture), Is.EqualTo(expected.Chain[0].Engine));

        string heading = await page.Locator("#trace h2").InnerTextAsync();
        await page.ReloadAsync();
        await Ready(page);
        Assert.That(await page.Locator("#trace h2").InnerTextAsync(), Is.EqualTo(heading), "a reload shows the same");
        await page.GoBackAsync();
        await Ready(page);
        Assert.That(State(page)["layer"], Is.EqualTo("relu3_1"), "back goes to the number before");
        Assert.That(opened.Complaints, Is.Empty);
    }

    [Test]
    public async Task Arrow_keys_walk_the_pass_on_a_phone_in_the_dark()
    {
        await using OpenPage opened = await _chromium.VisitAsync(Hash("#view=step&layer=fc7&by=2"), ColorScheme.Dark, 390);
        IPage page = opened.Page;
        await Ready(page);
        await page.Locator("#view").FocusAsync();
        for (int k = 0; k < 3; k++)
        {
            string before = page.Url;
            await page.Keyboard.PressAsync("ArrowDown");
            await page.WaitForFunctionAsync("before => location.href !== before && document.body.dataset.ready === location.hash", before,
                new() { Timeout = Patience });
        }

        using Explainer explainer = Explainer.Open();
        using StepResult expected = explainer.Step("sample:orange", new StepOptions { Rule = "guided" });
        for (int k = 0; k < 3; k++) expected.Walk.Down();
        Assert.Multiple(async () =>
        {
            Assert.That(State(page)["layer"], Is.EqualTo(expected.Walk.Node!.Name));
            Assert.That(await page.Locator("#equation").InnerTextAsync(), Is.EqualTo(expected.Walk.Passage!.Equation.Equation));
            Assert.That(await page.EvaluateAsync<int>("document.documentElement.scrollWidth"), Is.LessThanOrEqualTo(390));
            Assert.That(opened.Complaints, Is.Empty);
        });
    }

    [TestCase(0, "task-conv-count", "27")]
    [TestCase(1, "task-back-bias", "b")]
    [TestCase(3, "task-rule-guided", "0")]
    public async Task Lessons_check_their_tasks(int lesson, string task, string answer)
    {
        await using OpenPage opened = await _chromium.VisitAsync(Hash($"#view=lessons&set.lesson={lesson}"), ColorScheme.Light, 1280);
        IPage page = opened.Page;
        await Ready(page);
        ILocator box = page.Locator($"#{task}");
        bool isChoice = await box.Locator("select").CountAsync() > 0;
        if (isChoice) await box.Locator("select").SelectOptionAsync("a");
        else await box.Locator("input").FillAsync("12345");
        await box.Locator("button").ClickAsync();
        await Assertions.Expect(box.Locator("[role=status]")).ToContainTextAsync("Not yet");
        if (isChoice) await box.Locator("select").SelectOptionAsync(answer);
        else await box.Locator("input").FillAsync(answer);
        await box.Locator("button").ClickAsync();
        await Assertions.Expect(box.Locator("[role=status]")).ToContainTextAsync("Right");
        Assert.That(opened.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_class_model_rises_and_takes_another_rate_on_the_way()
    {
        await using OpenPage opened = await _chromium.VisitAsync(Hash("#view=live&set.live.steps=4000"), ColorScheme.Light, 1280);
        IPage page = opened.Page;
        await Ready(page);
        await page.ClickAsync("#live-start");
        await page.WaitForFunctionAsync("Number(document.querySelector('#live-told').dataset.step) > 3", null, new() { Timeout = Patience });
        await page.FillAsync("#live-rate", "0.02");
        await page.Locator("#live-rate").BlurAsync();
        await page.ClickAsync("#live-pause");
        string session = await page.EvaluateAsync<string>("sessionStorage.getItem('netviz-session')");
        string report = "";
        for (int i = 0; i < 500 && !report.Contains("\"changes\":[{", StringComparison.Ordinal); i++)
        {
            (_, _, report) = await _explorer.Try(HttpMethod.Get, "api/live/report", headers => headers.Add("X-NetViz-Session", session));
            await Task.Delay(20);
        }

        JsonElement change = JsonDocument.Parse(report).RootElement.GetProperty("changes")[0];
        Assert.Multiple(() =>
        {
            Assert.That(change.GetProperty("restarts").GetBoolean(), Is.False);
            Assert.That(change.GetProperty("constants").EnumerateArray().Single(one => one.GetProperty("name").GetString() == "rate")
                .GetProperty("value").GetString(), Is.EqualTo("0.02"));
            Assert.That(opened.Complaints, Is.Empty);
        });
    }

    [Test]
    public async Task The_saved_walk_opens_from_a_file_without_a_server()
    {
        string file = Path.Combine(Path.GetTempPath(), $"netviz-walk-{Guid.NewGuid():N}.html");
        try
        {
            await using (OpenPage opened = await _chromium.VisitAsync(Hash("#layer=relu4_1&set.maps=4"), ColorScheme.Light, 1280))
            {
                await Ready(opened.Page);
                IDownload download = await opened.Page.RunAndWaitForDownloadAsync(
                    () => opened.Page.SelectOptionAsync("#save", "html"), new() { Timeout = 2 * Patience });
                await download.SaveAsAsync(file);
            }

            Assert.That(new FileInfo(file).Length, Is.InRange(500_000, 8_000_000));
            // The browser is offline here.
            await using OpenPage saved = await _chromium.OpenAsync(file, ColorScheme.Dark, 1280);
            await Ready(saved.Page);
            Assert.That(await saved.Page.Locator("#view h2").InnerTextAsync(), Does.StartWith("relu4_1"));
            await saved.Page.ClickAsync("#tab-step");
            await Assertions.Expect(saved.Page.Locator("#view h2")).ToContainTextAsync("Step");
            await saved.Page.Keyboard.PressAsync("ArrowDown");
            await Assertions.Expect(saved.Page.Locator("#view h2")).ToContainTextAsync("conv4_1");
            Assert.That(saved.Complaints, Is.Empty);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [TestCase("#layer=relu3_1&element=5,2,7", ColorScheme.Light)]
    [TestCase("#view=step&layer=relu4_2", ColorScheme.Dark)]
    [TestCase("#view=lessons&set.lesson=3", ColorScheme.Dark)]
    [TestCase("#view=localise", ColorScheme.Light)]
    public async Task Axe_finds_nothing_serious(string hash, ColorScheme scheme)
    {
        string axe = RepositoryRoot.File("tools", "page", "node_modules", "axe-core", "axe.min.js");
        if (!File.Exists(axe)) Assert.Ignore("needs axe-core, which tools/page-check.sh installs from npm");
        await using OpenPage opened = await _chromium.VisitAsync(Hash(hash), scheme, 1280);
        await Ready(opened.Page);
        // Evaluated by the browser's debugger: the page's own policy forbids foreign scripts.
        await opened.Page.EvaluateAsync(await File.ReadAllTextAsync(axe));
        string[] found = await opened.Page.EvaluateAsync<string[]>(
            """
            axe.run().then(r => r.violations.filter(v => v.impact === 'serious' || v.impact === 'critical')
                .map(v => v.id + ': ' + v.nodes.map(n => n.target + ' ' + n.failureSummary).slice(0, 3).join('; ')))
            """);
        Assert.That(found, Is.Empty);
    }

    private string Hash(string hash) => $"{_explorer.Address}{hash}";

    private static Task Ready(IPage page) => page.WaitForFunctionAsync(
        "document.body.dataset.ready !== undefined && document.body.dataset.ready === location.hash", null, new() { Timeout = Patience });

    private static Dictionary<string, string> State(IPage page) => new Uri(page.Url).Fragment[1..].Split('&')
        .Select(part => part.Split('=')).ToDictionary(part => part[0], part => Uri.UnescapeDataString(part[1]));
}
