using Microsoft.Playwright;
using NetViz.Cli.Docs.Slides;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>netviz docs --slides: a chapter as a deck of slides.</summary>
public class SlidesTests : InTemporaryFolder
{
    private const string Chapter =
        """
        # A *deck*

        One sentence. And another one, which is said.

        ## The orange

        ```netviz hidden as orange from images/orange.json
        saliency sample:orange --rule guided --write sheet,json --output images
        ```

        The class is {{orange.class_name}}. More about it.

        ![the orange](images/orange.sheet.png)

        *What one sees.*

        <script>alert(1)</script>

        ## Exercises

        **Exercise 1.** Which class is it? Guess.

        <details>
        <summary>Answer</summary>

        *{{orange.class_name}}*, see [here](samples.md) or there.

        </details>
        """;

    [Test]
    public void A_section_begins_a_slide_and_a_picture_ends_one()
    {
        IReadOnlyList<Slide> slides = SlideSplitter.Split(
            "# A\n\nOne. Two.\n\n## B\n\nThree: four\nfive. Six.\n\n![p](p.png)\n\n*Caption.*\n\nSeven.\n\n| a |\n|---|\n| b |\n\nEight.\n",
            picture => $"data:{picture}");
        Assert.That(slides.Select(slide => slide.Title), Is.EqualTo(["A", "B", "B", "B"]));
        Assert.That(slides[0].Body, Is.EqualTo("<p>One.</p>\n"));
        Assert.That(slides[0].Notes, Is.EqualTo("<p>One. Two.</p>\n"));
        Assert.That(slides[1].Body, Does.StartWith("<p>Three: four five.</p>").And.Contain("src=\"data:p.png\"").And.Contain("Caption."));
        Assert.That(slides[2].Body, Does.Contain("Seven.").And.Contain("<td>b</td>"));
        Assert.That(slides[3].Body, Is.EqualTo("<p>Eight.</p>\n"));
    }

    [Test]
    public void An_answer_stays_with_its_exercise_and_html_is_text()
    {
        Slide slide = SlideSplitter.Split("## X\n\n**1.** Why? <b>Say</b>.\n\n<details>\n<summary>Answer</summary>\n\nSo.\n\n</details>\n",
            _ => null).Single();
        Assert.That((slide.Title, slide.Answer), Is.EqualTo(("X", "<p>So.</p>\n")));
        Assert.That(slide.Notes, Does.Contain("&lt;b&gt;").And.Not.Contain("<b>"));
    }

    [TestCase("[x](javascript:alert(1))")]
    [TestCase("<javascript:alert(1)>")]
    [TestCase("[x](data:text/html,y)")]
    [TestCase("[x](../secret.html)")]
    public void Only_links_to_the_web_are_links(string markdown) =>
        Assert.That(SlideSplitter.Split(markdown, _ => null).Single().Body, Does.Not.Contain("href"));

    [Test]
    public async Task A_deck_is_walked_by_keys_and_its_answers_are_asked_for()
    {
        string deck = Folder.File("deck.html");
        NetvizProcess run = NetvizProcess.RunApart("docs", Folder.Write("deck.source.md", Chapter), "--slides", "--output", deck);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(Directory.GetFiles(Folder.Path), Has.Length.EqualTo(2), "the deck is one file");
        await using Chromium browser = await Chromium.StartAsync(Chromium.Require());
        foreach ((ColorScheme scheme, int width) in ((ColorScheme, int)[])[(ColorScheme.Light, 1280), (ColorScheme.Dark, 390)])
        {
            await using OpenPage opened = await browser.OpenAsync(deck, scheme, width);
            IPage page = opened.Page;
            string Shown() => page.InnerTextAsync(".slide.now").Result;
            Assert.That(await page.TitleAsync(), Is.EqualTo("A deck"));
            Assert.That(Shown(), Does.Contain("One sentence.").And.Not.Contain("which is said"));
            await page.Keyboard.PressAsync("n");
            Assert.That(Shown(), Does.Contain("which is said"));
            await page.Keyboard.PressAsync("n");
            await page.Keyboard.PressAsync("ArrowRight");
            Assert.That(Shown(), Does.Contain("The class is orange.").And.Contain("What one sees."));
            Assert.That(await page.EvaluateAsync<int>("() => document.querySelector('.slide.now img').naturalWidth"), Is.GreaterThan(200));
            await page.Keyboard.PressAsync("End");
            Assert.That(Shown(), Does.Contain("Which class is it? Guess."));
            Assert.That(await page.IsVisibleAsync(".slide.now details p"), Is.False);
            await page.Keyboard.PressAsync("a");
            Assert.That(await page.InnerTextAsync(".slide.now details p"), Is.EqualTo("orange, see here or there."));
            await page.ReloadAsync();
            Assert.That(Shown(), Does.Contain("Which class is it?"), "the address holds the slide");
            await page.ClickAsync("#back");
            await page.Keyboard.PressAsync("Home");
            Assert.That(Shown(), Does.Contain("One sentence."));
            Assert.That(await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"), "it fits the width");
            Assert.That(opened.Complaints, Is.Empty);
        }
    }

    [TestCase("x.md", "# A\n", "slides are written as .html")]
    [TestCase("x.html", "", "the chapter is empty")]
    [TestCase("x.html", "# A\n\n![x](images/none.png)\n", "no command wrote the picture 'images/none.png'")]
    public void What_gives_no_deck_is_refused_in_one_line(string file, string source, string problem)
    {
        NetvizProcess run = NetvizProcess.RunApart("docs", Folder.Write("a.md", source), "--slides", "--output", Folder.File("out", file));
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain(problem));
        Assert.That(Directory.Exists(Folder.File("out")), Is.False);
    }
}
