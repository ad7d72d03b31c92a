using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>What <c>netviz trace</c> prints: numbers that add up on the screen, and the same as JSON.</summary>
public sealed partial class TraceCommandTests
{
    [TestCase("--rule", "gradient", "--at", "pool3")]
    [TestCase("--rule", "deconvnet", "--at", "conv4_1", "--terms", "3")]
    [TestCase("--forward", "--class", "lemon")]
    public void Every_column_adds_up_as_printed(params string[] options)
    {
        NetvizProcess run = NetvizProcess.Run(["trace", "sample:orange", .. options]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        string[] lines = run.Out.TrimEnd().Split('\n');
        Assert.That(lines[0], Does.StartWith("sample:orange: "));
        Assert.That(lines[^1], Does.StartWith("all ").And.Contain("make the device's numbers"));
        int sums = 0;
        decimal sum = 0;
        foreach (string line in lines)
        {
            Match row = Row().Match(line);
            if (!row.Success)
            {
                sum = 0;
                continue;
            }

            decimal number = decimal.Parse(row.Groups["number"].Value, CultureInfo.InvariantCulture);
            if (row.Groups["what"].Value == "sum")
            {
                Assert.That(number, Is.EqualTo(sum), line);
                sums++;
            }
            sum += number;
        }

        Assert.That(sums, Is.GreaterThan(3));
    }

    [Test]
    public void Json_holds_all_terms()
    {
        NetvizProcess run = NetvizProcess.Run("trace", "--at", "relu6", "--element", "63", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Json.GetProperty("adds_up").GetBoolean());
        JsonElement[] chain = [.. run.Json.GetProperty("chain").EnumerateArray()];
        Assert.That(chain.Select(step => step.GetProperty("tensor").GetString()), Is.EqualTo(new[] { "relu6", "fc7" }));
        JsonElement part = chain[0].GetProperty("parts")[0];
        Assert.That(part.GetProperty("terms").GetArrayLength(), Is.EqualTo(50));
        Assert.That(part.GetProperty("terms")[0].GetProperty("weight_name").GetString(), Is.EqualTo("w[41,63]"));
        Assert.That(part.GetProperty("terms")[0].GetProperty("value").GetDouble(), Is.EqualTo(1));
        Assert.That(chain[0].GetProperty("sum").GetDouble(), Is.EqualTo(chain[0].GetProperty("engine").GetDouble()).Within(1e-6));
        Assert.That(chain[1].GetProperty("end").GetString(), Does.StartWith("the seed"));
    }

    [TestCase("--at", "nowhere")]
    [TestCase("--element", "3,64,0")]
    [TestCase("--forward", "--backward")]
    [TestCase("--rule", "gradient", "--rule", "guided")]
    public void What_a_user_can_mend_is_told_in_a_line(params string[] options)
    {
        NetvizProcess run = NetvizProcess.Run(["trace", .. options]);
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Out, Is.Empty);
        Assert.That(run.Error.TrimEnd().Split('\n'), Has.Length.EqualTo(1).And.One.StartsWith("netviz: "));
    }

    [GeneratedRegex(@"^    (?<what>\S.*?) += +(?<number>-?\d+(\.\d+)?)(  apart.*)?$")]
    private static partial Regex Row();
}
