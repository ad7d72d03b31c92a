using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// Sets of elements that are sent down a layer: the inputs on which chosen outputs can depend. All arrays are row-major, of one
/// image.
/// </summary>
internal static class FieldSets
{
    /// <summary>Output i depends on element i of each input: rectifiers, sums, shapes that keep the row-major order.</summary>
    public static void Elementwise(bool[] above, bool[][] below)
    {
        foreach (bool[] set in below)
            for (int i = 0; i < above.Length; i++) set[i] |= above[i];
    }

    /// <summary>Channels of one group depend on each other's windows, and on no other group's.</summary>
    public static void Windows(bool[] above, Shape output, bool[] below, Shape input, Window w, int groups)
    {
        (int h, int width, int oh, int ow) = (input.H, input.W, output.H, output.W);
        var reached = new bool[h * width];
        for (int group = 0; group < groups; group++)
        {
            Array.Clear(reached);
            bool any = false;
            for (int p = 0; p < oh * ow; p++)
            {
                bool chosen = false;
                for (int o = group * output.C / groups; !chosen && o < (group + 1) * output.C / groups; o++)
                    chosen = above[o * oh * ow + p];
                if (!chosen) continue;
                any = true;
                Mark(reached, h, width, w, p / ow, p % ow);
            }

            for (int c = group * input.C / groups; any && c < (group + 1) * input.C / groups; c++)
                for (int p = 0; p < reached.Length; p++) below[c * h * width + p] |= reached[p];
        }
    }

    /// <summary>The rows y = oh stride - pad + kh dilation inside the plane, columns alike.</summary>
    private static void Mark(bool[] reached, int h, int width, Window w, int oh, int ow)
    {
        for (int kh = 0; kh < w.KH; kh++)
        {
            int y = oh * w.StrideH - w.PadTop + kh * w.DilationH;
            if (y < 0 || y >= h) continue;
            for (int kw = 0; kw < w.KW; kw++)
            {
                int x = ow * w.StrideW - w.PadLeft + kw * w.DilationW;
                if (x >= 0 && x < width) reached[y * width + x] = true;
            }
        }
    }

    /// <summary>Each row's outputs depend on all of the row's inputs.</summary>
    public static void Rows(bool[] above, bool[] below, int outputs, int inputs)
    {
        for (int row = 0; row < above.Length / outputs; row++)
            if (above.AsSpan(row * outputs, outputs).Contains(true)) below.AsSpan(row * inputs, inputs).Fill(true);
    }

    /// <summary>Outputs depend on inputs at other places of some axes taken as one, the same place of all others.</summary>
    public static void Along(bool[] above, bool[] below, Shape shape, int from, int to, Func<int, int, bool> depends)
    {
        int length = (int)shape.Product(from, to), inner = (int)shape.Product(to, shape.Rank);
        for (int i = 0; i < above.Length; i++)
        {
            if (!above[i]) continue;
            int place = i / inner % length, start = i - place * inner;
            for (int j = 0; j < length; j++)
                if (depends(place, j)) below[start + j * inner] = true;
        }
    }

    /// <summary>Each input holds its part of the outputs.</summary>
    public static void Split(bool[] above, Shape output, bool[][] below, Shape[] inputs, int axis)
    {
        int inner = (int)output.Product(axis + 1, output.Rank), outer = (int)output.Product(0, axis), offset = 0;
        for (int k = 0; k < inputs.Length; k++)
        {
            int part = inputs[k][axis] * inner;
            for (int row = 0; row < outer; row++)
                for (int i = 0; i < part; i++) below[k][row * part + i] |= above[row * output[axis] * inner + offset + i];
            offset += part;
        }
    }

    /// <summary>Each output is one input, found from the output's index; it may lie outside.</summary>
    public static void Move(bool[] above, Shape output, bool[] below, Shape input, Func<int[], int[]> source)
    {
        for (int i = 0; i < above.Length; i++)
        {
            if (!above[i]) continue;
            var at = new int[output.Rank];
            for (int axis = output.Rank - 1, rest = i; axis >= 0; rest /= output[axis], axis--) at[axis] = rest % output[axis];
            int to = 0;
            bool inside = true;
            int[] from = source(at);
            for (int axis = 0; axis < from.Length; axis++)
            {
                inside &= from[axis] >= 0 && from[axis] < input[axis];
                to = to * input[axis] + from[axis];
            }

            if (inside) below[to] = true;
        }
    }
}
