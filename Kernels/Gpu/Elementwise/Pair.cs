using ILGPU;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    // At this count of numbers or more, a group of threads sums the gradient of one number of a broadcast operand.
    private const int ManyReads = 256;

    /// <inheritdoc/>
    public void PairForward(PairKind kind, DeviceTensor a, DeviceTensor b, DeviceTensor output)
    {
        if (a.Shape == b.Shape)
        {
            Launch(output.Shape.Count, new PairKernel { Kind = kind, A = Floats(a), B = Floats(b), Y = Floats(output) });
            return;
        }

        Launch(output.Shape.Count, new BroadcastPairKernel
        {
            Kind = kind, MapA = MapOf(output.Shape, a.Shape), MapB = MapOf(output.Shape, b.Shape), A = Floats(a), B = Floats(b),
            Y = Floats(output),
        });
    }

    /// <inheritdoc/>
    public void PairBackward(PairKind kind, int side, DeviceTensor? a, DeviceTensor? b, DeviceTensor outputSignal,
        DeviceTensor inputSignal)
    {
        // A sum keeps nothing: its signal is read for both numbers.
        bool isKept = a is not null && b is not null;
        DeviceTensor first = a ?? outputSignal, second = b ?? outputSignal;
        Shape result = isKept ? Broadcasting.Kept(first.Shape, second.Shape, outputSignal.Shape) : outputSignal.Shape;
        Shape own = isKept ? (side == 0 ? first : second).Shape : inputSignal.Shape;
        Shape other = isKept ? (side == 0 ? second : first).Shape : outputSignal.Shape;
        if (own.Count == 0) return;
        int reads = (int)(result.Count / own.Count);
        var operands = new PairOperands
        {
            Kind = kind, Side = side, A = Floats(first), B = Floats(second), Above = Floats(outputSignal), Below = Floats(inputSignal),
            Elements = (int)own.Count, Results = (int)result.Count, Reads = reads,
        };
        if (own == result && other == result)
        {
            Launch(inputSignal.Shape.Count, new PairBackwardKernel { P = operands });
            return;
        }

        operands.Places = PlacesOf(result, own, result, isRepeated: false);
        operands.OtherPlaces = PlacesOf(result, own, other, isRepeated: false);
        operands.Steps = PlacesOf(result, own, result, isRepeated: true);
        operands.OtherSteps = PlacesOf(result, own, other, isRepeated: true);
        if (reads < ManyReads) Launch(inputSignal.Shape.Count, new PairGatherKernel { P = operands });
        else LaunchGroups(new Index3D((int)inputSignal.Shape.Count, 1, 1), new PairSumKernel { P = operands });
    }

    /// <summary>Which element of an operand belongs to an element of the result.</summary>
    private static AxisMap MapOf(Shape result, Shape operand)
    {
        Span<int> strides = stackalloc int[result.Rank];
        Broadcasting.Strides(result, operand, strides);
        return AxisMap.Of(result.Lengths, strides);
    }

    /// <summary>
    /// Where a number counted along an operand's own axes, or along those on which it is repeated, lies in another tensor.
    /// </summary>
    private static AxisMap PlacesOf(Shape result, Shape own, Shape tensor, bool isRepeated)
    {
        Span<int> owns = stackalloc int[result.Rank], strides = stackalloc int[result.Rank], lengths = stackalloc int[result.Rank];
        Broadcasting.Strides(result, own, owns);
        Broadcasting.Strides(result, tensor, strides);
        for (int axis = 0; axis < result.Rank; axis++)
            lengths[axis] = result[axis] > 1 && (owns[axis] == 0) == isRepeated ? result[axis] : 1;
        return AxisMap.Of(lengths, strides);
    }
}

/// <summary>y = f(a, b), both of one shape.</summary>
internal struct PairKernel : IThreadKernel
{
    public PairKind Kind;
    public ArrayView<float> A, B, Y;

    public readonly void Run(int i) => Y[i] = PairFunction.Value(Kind, A[i], B[i]);
}

/// <summary>y(i) = f(a(i), b(i)), each repeated along axes where it has length 1 or none.</summary>
internal struct BroadcastPairKernel : IThreadKernel
{
    public PairKind Kind;
    public AxisMap MapA, MapB;
    public ArrayView<float> A, B, Y;

    public readonly void Run(int i) => Y[i] = PairFunction.Value(Kind, A[MapA.SourceOf(i)], B[MapB.SourceOf(i)]);
}

/// <summary>What the signal below one operand is made of.</summary>
internal struct PairOperands
{
    public PairKind Kind;
    public int Side, Elements, Results, Reads;
    public AxisMap Places, OtherPlaces, Steps, OtherSteps;
    public ArrayView<float> A, B, Above, Below;

    /// <summary>
    /// The part of element j's signal that comes from one place of the result, its batch repeated for several seeds.
    /// </summary>
    public readonly float Part(int j, int read)
    {
        int repeat = j / Elements, element = j - repeat * Elements;
        int other = OtherPlaces.SourceOf(element) + OtherSteps.SourceOf(read);
        float r = Above[repeat * Results + Places.SourceOf(element) + Steps.SourceOf(read)];
        return Side == 0 ? PairFunction.Signal(Kind, 0, r, A[element], B[other]) : PairFunction.Signal(Kind, 1, r, A[other], B[element]);
    }
}

/// <summary>R_n = R_{n+1} df of two tensors of one shape.</summary>
internal struct PairBackwardKernel : IThreadKernel
{
    public PairOperands P;

    public readonly void Run(int i)
    {
        int kept = i % P.Elements;
        P.Below[i] = PairFunction.Signal(P.Kind, P.Side, P.Above[i], P.A[kept], P.B[kept]);
    }
}

/// <summary>The sum over the places at which an element is read, by one thread.</summary>
internal struct PairGatherKernel : IThreadKernel
{
    public PairOperands P;

    public readonly void Run(int i)
    {
        float sum = 0f;
        for (int read = 0; read < P.Reads; read++) sum += P.Part(i, read);
        P.Below[i] = sum;
    }
}

/// <summary>The same by a group.</summary>
internal struct PairSumKernel : IGroupKernel
{
    public PairOperands P;

    public static int GroupSize => Reduction.Threads;

    public readonly void Run()
    {
        float sum = 0f;
        for (int read = Group.IdxX; read < P.Reads; read += Reduction.Threads) sum += P.Part(Grid.IdxX, read);
        sum = Reduction.Sum(sum);
        if (Group.IdxX == 0) P.Below[Grid.IdxX] = sum;
    }
}
