using System.Globalization;
using NetViz.Engine;

namespace NetViz.Procedures;

/// <summary>
/// One part of a run over many pictures: part <paramref name="Index"/> of <paramref name="Count"/>. The parts are stretches of
/// the pictures in the set's order, as equal in length as they can be, so that their rows, one part after another, are those of
/// the whole run.
/// </summary>
/// <param name="Index">1 to <paramref name="Count"/>.</param>
/// <param name="Count">The number of parts.</param>
public readonly record struct Shard(int Index, int Count)
{
    /// <summary>How help describes the values of the setting.</summary>
    public const string Names = "I/N|slurm|kubernetes/N";

    /// <summary>The most parts of a run; Slurm's arrays have no more than some thousands of tasks.</summary>
    public const int MaxCount = 1_000_000;

    private const string Supported = "I/N is supported, with I from 1 to N, such as 2/8; also slurm inside of an array job, and "
        + "kubernetes/N inside of an Indexed Job";

    /// <summary>
    /// Reads a part: I/N with I from 1 to N; <c>slurm</c> for the task of a Slurm array, whose ids may start anywhere; or
    /// <c>kubernetes/N</c> for the pod of an Indexed Job.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="environment">Returns an environment variable; null for those of this process.</param>
    /// <exception cref="NetVizException">The text is no part, or the variables that it needs are missing or contradict each
    /// other.</exception>
    public static Shard Parse(string text, Func<string, string?>? environment = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        environment ??= Environment.GetEnvironmentVariable;
        if (text.Equals("slurm", StringComparison.OrdinalIgnoreCase)) return OfSlurm(environment);
        string[] parts = text.Split('/');
        if (parts is [var scheduler, var pods] && scheduler.Equals("kubernetes", StringComparison.OrdinalIgnoreCase)
            && NumberOf(pods) is { } completions)
        {
            // JOB_COMPLETION_INDEX counts from 0.
            int pod = Variable(environment, "JOB_COMPLETION_INDEX", text, "an Indexed Job of Kubernetes sets it");
            return Checked(pod + 1, completions, $"`Shard` {text} with JOB_COMPLETION_INDEX {pod}",
                $"0 to {completions - 1} is supported; N is the job's number of completions");
        }

        if (parts is not [var first, var second] || NumberOf(first) is not { } index || NumberOf(second) is not { } count)
            throw new NetVizException($"`Shard` '{text}' names no part of a run", Supported);
        return Checked(index, count, $"`Shard` {text}", count is >= 1 and <= MaxCount
            ? $"I counts from 1: 1/{count} to {count}/{count} are supported"
            : $"1 to {MaxCount} parts are supported");
    }

    /// <summary>Returns the range of pictures of this part: the index of the first, from 0, and the index after the last.</summary>
    /// <param name="total">The number of pictures of the whole run.</param>
    public (int First, int End) RangeOf(int total) =>
        ((int)((Index - 1L) * total / Count), (int)((long)Index * total / Count));

    /// <summary>The part as it is written: 2/8.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");

    /// <summary>The part in the name of a file: 2-of-8.</summary>
    internal string FileName => string.Create(CultureInfo.InvariantCulture, $"{Index}-of-{Count}");

    private static Shard OfSlurm(Func<string, string?> environment)
    {
        const string job = "only a task of an array job of Slurm has it";
        int id = Variable(environment, "SLURM_ARRAY_TASK_ID", "slurm", job);
        int min = Variable(environment, "SLURM_ARRAY_TASK_MIN", "slurm", job);
        int max = Variable(environment, "SLURM_ARRAY_TASK_MAX", "slurm", job);
        int count = Variable(environment, "SLURM_ARRAY_TASK_COUNT", "slurm", job);
        int step = environment("SLURM_ARRAY_TASK_STEP") is null ? 1
            : Math.Max(1, Variable(environment, "SLURM_ARRAY_TASK_STEP", "slurm", job));
        // A list of ids such as 3,5,9 does not tell which part each is; its last id is further away than its count says.
        if (count < 1 || (max - min) / step + 1 != count || (id - min) % step != 0 || id < min || id > max)
        {
            throw new NetVizException($"`Shard` slurm: task {id} of {count} from {min} to {max} by {step} is no task of an array "
                + "without gaps", "give sbatch an array such as 0-7, or the part as I/N");
        }

        return Checked((id - min) / step + 1, count, "`Shard` slurm", Supported);
    }

    private static Shard Checked(int index, int count, string what, string hint) =>
        count is >= 1 and <= MaxCount && index >= 1 && index <= count
            ? new Shard(index, count)
            : throw new NetVizException($"{what} is outside of the run's parts", hint);

    private static int Variable(Func<string, string?> environment, string name, string shard, string hint)
    {
        string? text = environment(name);
        return text is null ? throw new NetVizException($"`Shard` {shard}: the variable {name} is not set", hint)
            : NumberOf(text) ?? throw new NetVizException($"`Shard` {shard}: {name} is '{text}'; a number is wanted", hint);
    }

    private static int? NumberOf(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
