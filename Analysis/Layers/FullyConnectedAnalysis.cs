using System.Numerics.Tensors;
using NetViz.Engine.Layers;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

// What DeconvNet itself does not have, by extension: the transposed linear map.
public static partial class LiteralDeconvNet
{
    /// <summary>Columns of a fully connected weight that one job takes.</summary>
    private const int Columns = 512;

    /// <summary>r(n, i) = alpha sum over o of R(n, o) W(o, i).</summary>
    private static LiteralSignal Connect(FullyConnected layer, Shape input, double[] r)
    {
        int inputs = input[^1], outputs = layer.Weight.Length / Math.Max(1, inputs), rows = r.Length / Math.Max(1, outputs);
        var result = new LiteralSignal(new double[input.Count], new double[input.Count], new int[input.Count]);
        for (int n = 0; n < rows; n++)
        {
            double[] above = r[(n * outputs)..((n + 1) * outputs)];
            int start = n * inputs;
            Parallel.For(0, (inputs + Columns - 1) / Columns, job =>
            {
                int first = job * Columns, count = Math.Min(Columns, inputs - first);
                Span<double> weights = stackalloc double[Columns];
                for (int o = 0; o < outputs; o++)
                {
                    if (above[o] == 0) continue;
                    Span<double> w = weights[..count];
                    WeightsFromOutput(layer, inputs, outputs, o, first, w);
                    Span<double> values = result.Values.AsSpan(start + first, count);
                    TensorPrimitives.MultiplyAdd(w, above[o], values, values);
                    TensorPrimitives.Abs(w, w);
                    Span<double> magnitudes = result.Magnitudes.AsSpan(start + first, count);
                    TensorPrimitives.MultiplyAdd(w, Math.Abs(above[o]), magnitudes, magnitudes);
                }
            });

            // alpha is one rounding more.
            Array.Fill(result.Roundings, above.Count(value => value != 0) + (layer.Alpha == 1 ? 0 : 1), start, inputs);
        }

        TensorPrimitives.Multiply(result.Values, layer.Alpha, result.Values);
        TensorPrimitives.Multiply(result.Magnitudes, Math.Abs(layer.Alpha), result.Magnitudes);
        return result;
    }

    /// <summary>W(o, first ..) as double, in whichever order the file has it.</summary>
    private static void WeightsFromOutput(FullyConnected layer, int inputs, int outputs, int o, int first, Span<double> to)
    {
        ReadOnlySpan<float> weight = layer.Weight.Span;
        for (int i = 0; i < to.Length; i++)
            to[i] = layer.WeightIsInByOut ? weight[(first + i) * outputs + o] : weight[o * inputs + first + i];
    }

    /// <summary>
    /// r(i) = scale(i) R(i), the factor repeated along axes where it has length 1 or none; without a factor R itself.
    /// </summary>
    private static LiteralSignal Scale(Affine affine, Shape shape, double[] r)
    {
        if (affine.Scale.IsEmpty) return LiteralSignal.Moved([.. r]);
        var result = new LiteralSignal(new double[r.Length], new double[r.Length], new int[r.Length]);
        for (int i = 0; i < r.Length; i++)
        {
            int at = 0, stride = 1, rest = i;
            for (int k = 1; k <= affine.ScaleShape.Rank; k++)
            {
                (rest, int position) = Math.DivRem(rest, shape[^k]);
                if (affine.ScaleShape[^k] > 1) at += position * stride;
                stride *= affine.ScaleShape[^k];
            }

            result.Values[i] = affine.Scale.Span[at] * r[i];
            (result.Magnitudes[i], result.Roundings[i]) = (Math.Abs(result.Values[i]), 1);
        }

        return result;
    }

    /// <summary>Each input gets its part of the whole.</summary>
    private static LiteralSignal[] Part(Concat concat, IReadOnlyList<Shape> inputs, Shape output, double[] r)
    {
        int axis = concat.Axis < 0 ? concat.Axis + output.Rank : concat.Axis, offset = 0;
        int inner = (int)output.Product(axis + 1, output.Rank), outer = (int)output.Product(0, axis);
        var parts = new LiteralSignal[inputs.Count];
        for (int k = 0; k < parts.Length; k++)
        {
            int run = inputs[k][axis] * inner;
            var part = new double[outer * run];
            for (int a = 0; a < outer; a++)
            for (int b = 0; b < run; b++)
                part[a * run + b] = r[(a * output[axis] + offset) * inner + b];
            parts[k] = LiteralSignal.Moved(part);
            offset += inputs[k][axis];
        }

        return parts;
    }

    /// <summary>What was put around is cut off; what had been cut off gets 0.</summary>
    private static LiteralSignal Crop(Pad pad, Shape input, Shape output, double[] r)
    {
        var below = new double[input.Count];
        for (int i = 0; i < below.Length; i++)
        {
            int rest = i, at = 0, stride = 1;
            bool inside = true;
            for (int axis = input.Rank - 1; axis >= 0; axis--)
            {
                (rest, int position) = Math.DivRem(rest, input[axis]);
                position += pad.Before[axis];
                inside &= position >= 0 && position < output[axis];
                at += position * stride;
                stride *= output[axis];
            }

            if (inside) below[i] = r[at];
        }

        return LiteralSignal.Moved(below);
    }

    /// <summary>Output axis a was input axis permutation[a]; without a permutation the axes were reversed.</summary>
    private static LiteralSignal PermuteBack(Transpose transpose, Shape input, Shape output, double[] r)
    {
        var below = new double[input.Count];
        for (int i = 0; i < r.Length; i++)
        {
            int rest = i, at = 0;
            for (int a = output.Rank - 1; a >= 0; a--)
            {
                (rest, int position) = Math.DivRem(rest, output[a]);
                int axis = transpose.Permutation.IsEmpty ? output.Rank - 1 - a : transpose.Permutation[a];
                at += position * (int)input.Product(axis + 1, input.Rank);
            }

            below[at] = r[i];
        }

        return LiteralSignal.Moved(below);
    }
}
