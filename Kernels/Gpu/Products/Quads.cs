using ILGPU;

namespace NetViz.Kernels.Gpu;

/// <summary>Elementwise kernels take four elements a thread, in one load and one store; the last ones one by one.</summary>
internal static class Quads
{
    /// <summary>Threads needed for the given number of elements.</summary>
    public static long Of(long elements) => (elements + 3) / 4;

    /// <summary>Elements i .. i + 3, i a multiple of 4; 0 past the end.</summary>
    public static Float4 Load(ArrayView<float> view, int i)
    {
        int count = view.IntLength;
        if (i + 4 <= count) return view.Cast<Float4>()[i / 4];
        return new Float4(view[i], i + 1 < count ? view[i + 1] : 0f, i + 2 < count ? view[i + 2] : 0f, 0f);
    }

    /// <summary>Sets them, those that there are.</summary>
    public static void Store(ArrayView<float> view, int i, Float4 values)
    {
        int count = view.IntLength;
        if (i + 4 <= count)
        {
            view.Cast<Float4>()[i / 4] = values;
            return;
        }

        view[i] = values.X;
        if (i + 1 < count) view[i + 1] = values.Y;
        if (i + 2 < count) view[i + 2] = values.Z;
    }
}
