using System.Numerics;
using System.Runtime.Intrinsics;
using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Kernels;

/// <summary>
/// The truth table of the three rules at the three rectifiers, every number written out: r f'(x), f(r), f(r) f'(x), with
/// the bit false at every kink.
/// </summary>
public class ReluRulesTests
{
    private const double Tiny = 1.401298464324817e-45; // the smallest float32 above 0

    /// <summary>One line: what goes in, what comes out, the bit, and the three signals below.</summary>
    public sealed record Line(double X, double R, double Y, bool Active, double Gradient, double DeconvNet, double Guided)
    {
        public double Signal(ReluRule rule) =>
            rule switch { ReluRule.Gradient => Gradient, ReluRule.DeconvNet => DeconvNet, _ => Guided };
    }

    /// <summary>A rectifier with its table.</summary>
    public sealed record Table(string Name, Rectifier Rectifier, Line[] Lines)
    {
        public override string ToString() => Name;
    }

    private static readonly Table[] Tables =
    [
        new("Relu", Rectifier.Relu,
        [
            //      x     r  |  y  active | gradient deconvnet guided
            new(    1,    2,    1, true,     2,  2,  2),
            new(    1,   -2,    1, true,    -2,  0,  0),
            new(    1,    0,    1, true,     0,  0,  0),
            new(    1, -0.0,    1, true,     0,  0,  0),
            new( Tiny,    2, Tiny, true,     2,  2,  2),
            new( Tiny,   -2, Tiny, true,    -2,  0,  0),
            new(    0,    2,    0, false,    0,  2,  0),
            new(    0,   -2,    0, false,    0,  0,  0),
            new( -0.0,    2,    0, false,    0,  2,  0),
            new( -0.0,   -2,    0, false,    0,  0,  0),
            new(-Tiny,    2,    0, false,    0,  2,  0),
            new(   -1,    2,    0, false,    0,  2,  0),
            new(   -1,   -2,    0, false,    0,  0,  0),
            new(   -1,    0,    0, false,    0,  0,  0),
        ]),
        new("LeakyRelu of slope 1/4", Rectifier.LeakyRelu(0.25f),
        [
            new(    1,    2,     1, true,      2,     2,       2),
            new(    1,   -2,     1, true,     -2,  -0.5,    -0.5),
            new(    1,    0,     1, true,      0,     0,       0),
            new( Tiny,   -2,  Tiny, true,     -2,  -0.5,    -0.5),
            new(    0,    2,     0, false,   0.5,     2,     0.5),
            new(    0,   -2,     0, false,  -0.5,  -0.5,  -0.125),
            new( -0.0,    2,     0, false,   0.5,     2,     0.5),
            new( -0.0,   -2,     0, false,  -0.5,  -0.5,  -0.125),
            new(   -4,    2,    -1, false,   0.5,     2,     0.5),
            new(   -4,   -2,    -1, false,  -0.5,  -0.5,  -0.125),
            new(   -4,    0,    -1, false,     0,     0,       0),
        ]),
        new("Clip 0 to 6", Rectifier.Clip(0, 6),
        [
            new(    3,    2,    3, true,     2,  2,  2),
            new(    3,   -2,    3, true,    -2,  0,  0),
            new(    3,    0,    3, true,     0,  0,  0),
            new(    3,    6,    3, true,     6,  6,  6),
            new(    3,    8,    3, true,     8,  6,  6),
            new( Tiny,    8, Tiny, true,     8,  6,  6),
            new(    0,    2,    0, false,    0,  2,  0),
            new( -0.0,   -2,    0, false,    0,  0,  0),
            new(   -1,    8,    0, false,    0,  6,  0),
            new(    6,    2,    6, false,    0,  2,  0),
            new(    6,    8,    6, false,    0,  6,  0),
            new(    7,    2,    6, false,    0,  2,  0),
            new(    7,   -2,    6, false,    0,  0,  0),
        ]),
        new("Clip -1.5 to 2.25", Rectifier.Clip(-1.5f, 2.25f),
        [
            new(    0,    1,     0, true,     1,     1,     1),
            new( -0.0,   -2,     0, true,    -2,  -1.5,  -1.5),
            new(    2,    3,     2, true,     3,  2.25,  2.25),
            new( -1.5,    1,  -1.5, false,    0,     1,     0),
            new( -1.5,   -2,  -1.5, false,    0,  -1.5,     0),
            new( 2.25,    3,  2.25, false,    0,  2.25,     0),
            new(   -2,    1,  -1.5, false,    0,     1,     0),
            new(    9,    1,  2.25, false,    0,     1,     0),
        ]),
    ];

    private static IEnumerable<TestCaseData> OnEachBackEnd =>
        from table in Tables
        from rule in Enum.GetValues<ReluRule>()
        from backEnd in BackEnd.All
        select new TestCaseData(table, rule, backEnd);

    /// <summary>Fewer than 32 elements take a back-end's scalar way, 107 its vector way and then the scalar one.</summary>
    [TestCaseSource(nameof(OnEachBackEnd))]
    public void Each_back_end_follows_the_table(Table table, ReluRule rule, BackEnd backEnd)
    {
        using IKernels kernels = backEnd.Create();
        foreach (int length in new[] { 1, table.Lines.Length, 107 })
        {
            for (int first = 0; first < (length == 1 ? table.Lines.Length : 1); first++)
            {
                Line[] lines = [.. Enumerable.Range(first, length).Select(i => table.Lines[i % table.Lines.Length])];
                Outcome found = ElementwiseTable.Relu(table.Rectifier, rule, new Shape(1, length)).Run(kernels,
                    [[.. lines.Select(line => line.X)]], [.. lines.Select(line => line.R)]);
                Assert.That(found.Output, Is.EqualTo(lines.Select(line => line.Y)));
                Assert.That(found.InputSignals[0], Is.EqualTo(lines.Select(line => line.Signal(rule))));
                for (int i = 0; i < length; i++)
                    Assert.That((found.Bits[i / 8] >> (i % 8) & 1) != 0, Is.EqualTo(lines[i].Active), $"bit of x = {lines[i].X}");
            }
        }
    }

    [Test]
    public void The_scalar_and_the_vector_form_follow_the_table([ValueSource(nameof(Tables))] Table table, [Values] ReluRule rule)
    {
        foreach (Line line in table.Lines)
        {
            var single = new Forms<float> { X = (float)line.X, R = (float)line.R };
            table.Rectifier.Visit<float, Forms<float>>(rule, ref single);
            single.Require(line, rule);
            var wide = new Forms<double> { X = line.X, R = line.R };
            table.Rectifier.Visit<double, Forms<double>>(rule, ref wide);
            wide.Require(line, rule);
        }
    }

    /// <summary>Runs the four functions in both forms.</summary>
    private struct Forms<T> : IRuleKernel<T>
        where T : unmanaged, INumber<T>
    {
        public T X;
        public T R;
        private T _y;
        private T _below;
        private bool _active;
        private Vector256<T> _ys;
        private Vector256<T> _belows;
        private Vector256<T> _actives;

        public void Run<TRule, TF>(TF f)
            where TRule : struct, IReluRule
            where TF : struct, IRectifier<T>
        {
            (_y, _active) = (f.Forward(X), f.IsActive(X));
            _below = TRule.Backward(R, _active, f);
            (_ys, _actives) = (f.Forward(Vector256.Create(X)), f.IsActive(Vector256.Create(X)));
            _belows = TRule.Backward(Vector256.Create(R), _actives, f);
        }

        public readonly void Require(Line line, ReluRule rule)
        {
            Assert.That(_active, Is.EqualTo(line.Active), $"{line}");
            Assert.That(_actives.ExtractMostSignificantBits(), Is.EqualTo(line.Active ? (1u << Vector256<T>.Count) - 1 : 0),
                $"{line}");
            Assert.That(double.CreateChecked(_y), Is.EqualTo(line.Y), $"{line}");
            Assert.That(double.CreateChecked(_below), Is.EqualTo(line.Signal(rule)), $"{line}");
            for (int i = 0; i < Vector256<T>.Count; i++)
            {
                Assert.That(_ys[i], Is.EqualTo(_y), $"{line}");
                Assert.That(_belows[i], Is.EqualTo(_below), $"{line}");
            }
        }
    }

    /// <summary>What is no number must not vanish in a rectifier: it shows that something is wrong.</summary>
    [Test]
    public void NaN_and_infinity_pass([ValueSource(typeof(BackEnd), nameof(BackEnd.All))] BackEnd backEnd,
        [ValueSource(nameof(Tables))] Table table)
    {
        using IKernels kernels = backEnd.Create();
        foreach (int length in new[] { 3, 99 })
        {
            double[] Repeated(params double[] three) => [.. Enumerable.Range(0, length).Select(i => three[i % 3])];
            double[] x = Repeated(double.NaN, double.PositiveInfinity, double.NegativeInfinity);
            double[] r = [.. Enumerable.Repeat(1.0, length)];
            Rectifier f = table.Rectifier;
            var (high, low) = f.Kind == RectifierKind.Clip ? (f.High, f.Low)
                : (float.PositiveInfinity, f.Kind == RectifierKind.Relu ? 0 : float.NegativeInfinity);
            Outcome found = ElementwiseTable.Relu(f, ReluRule.Gradient, new Shape(1, length)).Run(kernels, [x], r);
            Assert.That(found.Output, Is.EqualTo(Repeated(double.NaN, high, low)));
            Outcome down = ElementwiseTable.Relu(f, ReluRule.DeconvNet, new Shape(1, length)).Run(kernels, [r], x);
            Assert.That(down.InputSignals[0], Is.EqualTo(found.Output));
        }
    }
}
