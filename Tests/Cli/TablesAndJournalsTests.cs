using System.Text.Json;
using NetViz.Procedures;
using NetViz.Engine;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>Tables without formulas, journals that cannot be changed unseen, JSON that shows what cannot be seen.</summary>
public sealed class TablesAndJournalsTests : InTemporaryFolder
{
    private const string Key = "what was measured";

    private string Table => Folder.File("t.csv");

    private string Journal => $"{Table}.part";

    [TestCase("=1+1", "'=1+1")]
    [TestCase("+1+1", "'+1+1")]
    [TestCase("-1+1", "'-1+1")]
    [TestCase("@SUM(A1)", "'@SUM(A1)")]
    [TestCase("\t=1", "'\t'=1")]
    [TestCase("\rx", "'\rx")]
    [TestCase("\uFF1D1", "'\uFF1D1")]
    [TestCase("\uFF0B1", "'\uFF0B1")]
    [TestCase("\uFF0D1", "'\uFF0D1")]
    [TestCase("\uFF20x", "'\uFF20x")]
    [TestCase("  =1", "'  =1")]
    [TestCase("\u200B=1", "'\u200B=1")]
    [TestCase("cat;=1", "cat;'=1")]
    [TestCase("-0.5", "-0.5")]
    [TestCase("-1e-7", "-1e-7")]
    [TestCase("-1\n", "'-1\n")]
    [TestCase("a-b=c@d+e", "a-b=c@d+e")]
    [TestCase("", "")]
    public void A_cell_that_begins_like_a_formula_is_a_text(string text, string written)
    {
        Csv.Write(Table, ["file"], [[text], [-2.5]]);
        string content = File.ReadAllText(Table);
        string cell = content["file\r\n".Length..^"\r\n-2.5\r\n".Length];
        string value = cell.StartsWith('"') ? cell[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : cell;
        Assert.That(value, Is.EqualTo(written));
        Assert.That(content, Does.EndWith("\r\n-2.5\r\n"), "a number is a number");
    }

    [Test]
    public void A_journal_goes_on_where_it_was_cut_within_a_line()
    {
        WriteJournal(5);
        string text = File.ReadAllText(Journal);
        File.WriteAllText(Journal, text[..^7]);
        using (MetricJournal journal = MetricJournal.Open(Table, Key, 1))
        {
            Assert.That(journal.Found.Select(picture => picture.Name), Is.EqualTo(Names(4)));
            journal.Write([new MeasuredPicture("4", 0, 0, [4])]);
        }

        Assert.That(File.ReadAllText(Journal), Is.EqualTo(text));
    }

    [Test]
    public void A_line_that_was_doubled_moved_removed_or_changed_is_refused_by_its_number()
    {
        WriteJournal(5);
        string[] lines = File.ReadAllLines(Journal);
        Refused(4, [.. lines[..3], lines[2], .. lines[3..]]);
        Refused(7, [.. lines, lines[^1]]);
        Refused(3, [.. lines[..2], lines[3], lines[2], .. lines[4..]]);
        Refused(3, [.. lines[..2], .. lines[3..]]);
        Refused(5, [.. lines[..4], lines[4].Replace("[3]", "[9]", StringComparison.Ordinal), .. lines[5..]]);
        Refused(2, [lines[0], "", .. lines[1..]]);
        Refused(6, [.. lines[..5], "not a line of it"]);
    }

    [TestCase("a user's own notes\n")]
    [TestCase("netviz notes\n")]
    [TestCase("\0\0\0\0")]
    public void A_users_file_is_no_journal(string text)
    {
        Folder.Write("t.csv.part", text);
        Assert.That(() => MetricJournal.Check(Table), Throws.TypeOf<NetVizException>().With.Message.Contains("no journal"));
        Assert.That(() => MetricJournal.Open(Table, Key, 1),
            Throws.TypeOf<NetVizException>().With.Message.Contains("no journal"));
        Assert.That(File.ReadAllText(Journal), Is.EqualTo(text));
    }

    [Test]
    public void What_cannot_be_seen_is_shown_in_JSON_and_read_back_as_it_was()
    {
        foreach (int scalar in (int[])[0x202A, 0x202E, 0x2066, 0x2069, 0x200E, 0x200F, 0x061C, 0x200B, 0xFEFF, 0x2028, 0x85, 0x1B,
            0x7F, 0xAD, 0xE0041])
        {
            string invisible = char.ConvertFromUtf32(scalar), text = $"a{invisible}b";
            foreach (string json in (string[])[JsonSerializer.Serialize(new { text }, ResultFiles.JsonOptions),
                System.Text.Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(new { text }, ResultFiles.JsonOptions))])
            {
                Assert.That(json, Does.Not.Contain(invisible), $"U+{scalar:X4}");
                Assert.That(JsonDocument.Parse(json).RootElement.GetProperty("text").GetString(), Is.EqualTo(text));
            }
        }

        const string plain = "Krähe 'x' <b> & 鳥 + /";
        Assert.That(JsonSerializer.Serialize(plain, ResultFiles.JsonOptions), Is.EqualTo($"\"{plain}\""));
    }

    [Test]
    public void No_writer_of_JSON_lets_through_what_the_common_one_shows()
    {
        string[] writers = [.. new[] { "Cli", "Engine", "Weights", "Visualisation" }
            .SelectMany(folder => Directory.GetFiles(RepositoryRoot.File(folder), "*.cs", SearchOption.AllDirectories))
            .Where(path => File.ReadAllText(path).Contains("UnsafeRelaxedJsonEscaping", StringComparison.Ordinal))
            .Select(path => Path.GetFileName(path))];
        Assert.That(writers, Is.EqualTo((string[])["PlainEncoder.cs"]));
    }

    private static string[] Names(int count) => [.. Enumerable.Range(0, count).Select(i => $"{i}")];

    private void WriteJournal(int count)
    {
        using MetricJournal journal = MetricJournal.Open(Table, Key, 1);
        foreach (string name in Names(count)) journal.Write([new MeasuredPicture(name, 0, 0, [double.Parse(name, null)])]);
    }

    private void Refused(int line, string[] lines)
    {
        string text = string.Join('\n', lines) + "\n";
        File.WriteAllText(Journal, text);
        Assert.That(() => MetricJournal.Open(Table, Key, 1),
            Throws.TypeOf<NetVizException>().With.Message.Contains($"t.csv.part, line {line}: "));
        Assert.That(File.ReadAllText(Journal), Is.EqualTo(text), "it is left as it is");
    }
}
