namespace NetViz.Kernels;

// How relevance R travels down a linear map z = W x + b, x the input that the forward pass saw. c is a vector at the output;
// x+ = max(x, 0), x- = min(x, 0), and W+, W-, b+, b- likewise; s(z) = z + epsilon sgn(z), sgn(0) = +1.
//
//   0, epsilon   R_j = x_j sum_k W_jk R_k / s(z_k)
//   gamma        where z_k > 0: x+ (W + g W+) + x- (W + g W-), over s of their sum with b + g b+;
//                where z_k < 0: x+ (W + g W-) + x- (W + g W+), over s of their sum with b + g b-; nothing where z_k = 0
//   alpha-beta   a (x+ W+ + x- W-) R / s(their sum + b+) - (a - 1) (x+ W- + x- W+) R / s(their sum + b-)
//   z-plus       (x+ W+ + x- W-) R / s(their sum + b+): alpha 1, beta 0
//   z-box        (x W - l W+ - h W-) R / s(their sum): l and h bound x; the bias cancels
//   w-square     W^2 R / s(sum W^2 + b^2)
//   flat         R / s(number of inputs that exist): the padding is none
//
// 0, epsilon, alpha-beta:  Bach, Binder, Montavon, Klauschen, Mueller, Samek 2015 (PLoS ONE 10).
// w-square, z-plus, z-box: Montavon, Lapuschkin, Binder, Samek, Mueller 2017 (Pattern Recognition 65), deep Taylor decomposition.
// gamma:  Montavon, Binder, Lapuschkin, Samek, Mueller 2019; with both signs of x and z as zennit has it (Anders et al. 2021).
// flat:   Lapuschkin, Waeldchen, Binder, Montavon, Samek, Mueller 2019 (Nature Communications 10).
//
// A rule is composed of the map with other weights, forward and transposed, and of Combination between them, so it runs on
// every back-end. Where x is nowhere negative, terms with x- are left out.

/// <summary>Which numbers stand in the place of W.</summary>
public enum WeightPart
{
    /// <summary>W.</summary>
    All,

    /// <summary>W+ = max(W, 0).</summary>
    Positive,

    /// <summary>W- = min(W, 0).</summary>
    Negative,

    /// <summary>W + gamma W+.</summary>
    GammaPositive,

    /// <summary>W + gamma W-.</summary>
    GammaNegative,

    /// <summary>W^2.</summary>
    Square,

    /// <summary>1.</summary>
    Ones,
}

/// <summary>Which numbers stand in the place of W and b.</summary>
/// <param name="Part">Of W.</param>
/// <param name="HasBias">Whether the same part of b is added; otherwise 0 is.</param>
/// <param name="Gamma">The factor of the gamma rule.</param>
public readonly record struct MapWeights(WeightPart Part, bool HasBias, double Gamma = 0)
{
    /// <summary>Returns the number in the place of a weight or a bias.</summary>
    public double Of(double w) => Part switch
    {
        WeightPart.All => w,
        WeightPart.Positive => Math.Max(w, 0),
        WeightPart.Negative => Math.Min(w, 0),
        WeightPart.GammaPositive => w + Gamma * Math.Max(w, 0),
        WeightPart.GammaNegative => w + Gamma * Math.Min(w, 0),
        WeightPart.Square => w * w,
        _ => 1,
    };
}

/// <summary>A linear map z = W x + b in its place in a network, with the numbers of one forward pass.</summary>
public interface ILinearMap
{
    /// <summary>x.</summary>
    DeviceTensor Input { get; }

    /// <summary>z.</summary>
    DeviceTensor Output { get; }

    /// <summary>The relevance above, R_k.</summary>
    DeviceTensor Above { get; }

    /// <summary>The relevance below, R_j: what a rule writes.</summary>
    DeviceTensor Below { get; }

    /// <summary>Whether no x is negative, whatever the image.</summary>
    bool IsInputPositive { get; }

    /// <summary>Whether R_k is 0 wherever z_k is not above 0.</summary>
    bool IsRelevanceAboveZero { get; }

    /// <summary>The smallest and the largest that each x can be, as tensors; for z-box.</summary>
    /// <exception cref="InvalidOperationException">No bounds are known.</exception>
    (DeviceTensor Low, DeviceTensor High) Bounds { get; }

    /// <summary>A tensor like the output to work in.</summary>
    /// <param name="index">Its number; the same number is the same tensor.</param>
    DeviceTensor OutputScratch(int index);

    /// <summary>A tensor like the input to work in.</summary>
    /// <param name="index">Its number; the same number is the same tensor.</param>
    DeviceTensor InputScratch(int index);

    /// <summary>z = V x + d with other numbers V and d.</summary>
    void Forward(MapWeights weights, DeviceTensor x, DeviceTensor z);

    /// <summary>below = V^T c.</summary>
    void Transposed(MapWeights weights, DeviceTensor c, DeviceTensor below);

    /// <summary>output = f(a, b, c), element by element.</summary>
    void Combine(Combination f, DeviceTensor a, DeviceTensor b, DeviceTensor c, DeviceTensor output);
}

/// <summary>A rule by which relevance passes a linear map: a small type each, with its equation.</summary>
/// <param name="Name">As the command line has it, without parameters.</param>
public abstract record RelevanceRule(string Name)
{
    /// <summary>The stabiliser of s where a rule has no epsilon of its own.</summary>
    public const double Stabiliser = 1e-6;

    /// <summary>Whether R_j is a multiple of x_j, so that nothing arrives where x is 0.</summary>
    public virtual bool IsTimesInput => true;

    /// <summary>The parts of the weights that are prepared besides W itself.</summary>
    public abstract IReadOnlyList<MapWeights> Weights { get; }

    /// <summary>The equation, in a line of text.</summary>
    public abstract string Equation { get; }

    /// <summary>Writes the relevance below.</summary>
    /// <param name="map">The map with the relevance above.</param>
    public abstract void Backward(ILinearMap map);

    /// <summary>x+ where x can be negative, else x itself.</summary>
    private protected static DeviceTensor PositiveOf(ILinearMap map)
    {
        if (map.IsInputPositive) return map.Input;
        Apply(map, Combination.Positive, map.Input, map.InputScratch(0));
        return map.InputScratch(0);
    }

    /// <summary>x-.</summary>
    private protected static DeviceTensor NegativeOf(ILinearMap map)
    {
        Apply(map, Combination.Negative, map.Input, map.InputScratch(1));
        return map.InputScratch(1);
    }

    /// <summary>A function of one tensor.</summary>
    private protected static void Apply(ILinearMap map, Combination f, DeviceTensor a, DeviceTensor output) =>
        map.Combine(f, a, a, a, output);

    /// <summary>A function of two tensors.</summary>
    private protected static void Apply(ILinearMap map, Combination f, DeviceTensor a, DeviceTensor b, DeviceTensor output) =>
        map.Combine(f, a, b, b, output);

    /// <summary>z = x+ V + x- U + d, d being V's part of the bias.</summary>
    private protected static DeviceTensor Signed(ILinearMap map, MapWeights v, MapWeights u, int scratch)
    {
        DeviceTensor z = map.OutputScratch(scratch);
        map.Forward(v, PositiveOf(map), z);
        if (map.IsInputPositive) return z;
        map.Forward(u with { HasBias = false }, NegativeOf(map), map.OutputScratch(scratch + 1));
        Apply(map, Combination.Sum, z, map.OutputScratch(scratch + 1), z);
        return z;
    }
}

/// <summary>R_j = x_j sum_k W_jk R_k / s(z_k): LRP-epsilon; LRP-0 with epsilon 0, where nothing passes z_k = 0.</summary>
/// <param name="Epsilon">The stabiliser, which takes R_k epsilon / |s(z_k)|.</param>
public sealed record EpsilonRule(double Epsilon = RelevanceRule.Stabiliser) : RelevanceRule(Epsilon == 0 ? "0" : "epsilon")
{
    /// <inheritdoc/>
    public override IReadOnlyList<MapWeights> Weights => [new(WeightPart.All, true)];

    /// <inheritdoc/>
    public override string Equation => "R_j = x_j sum_k W_jk R_k / s(z_k)";

    /// <inheritdoc/>
    public override void Backward(ILinearMap map)
    {
        DeviceTensor c = map.OutputScratch(0);
        Apply(map, Combination.Quotient(Epsilon), map.Above, map.Output, c);
        map.Transposed(Weights[0], c, map.Below);
        Apply(map, Combination.Product, map.Below, map.Input, map.Below);
    }
}

/// <summary>The gamma rule with both signs of x and z.</summary>
/// <param name="Gamma">How much positive contributions are favoured.</param>
public sealed record GammaRule(double Gamma = 0.25) : RelevanceRule("gamma")
{
    private MapWeights Up => new(WeightPart.GammaPositive, true, Gamma);

    private MapWeights Down => new(WeightPart.GammaNegative, true, Gamma);

    /// <inheritdoc/>
    public override IReadOnlyList<MapWeights> Weights => [Up, Down];

    /// <inheritdoc/>
    public override string Equation =>
        "z_k > 0: [x+ (W + g W+) + x- (W + g W-)] R_k / s(sum + b + g b+); z_k < 0: [x+ (W + g W-) + x- (W + g W+)] R_k / s(sum "
        + "+ b + g b-)";

    /// <inheritdoc/>
    public override void Backward(ILinearMap map)
    {
        DeviceTensor above = Signed(map, Up, Down, 0);
        map.Combine(new Combination(CombinationKind.QuotientAbove, Stabiliser), map.Above, above, map.Output, above);
        bool isOneSided = map.IsRelevanceAboveZero;
        DeviceTensor? below = null;
        if (!isOneSided)
        {
            below = Signed(map, Down, Up, 2);
            map.Combine(new Combination(CombinationKind.QuotientBelow, Stabiliser), map.Above, below, map.Output, below);
        }

        Send(map, Up, Down, above, below, map.Below);
        if (map.IsInputPositive)
        {
            Apply(map, Combination.Product, map.Below, map.Input, map.Below);
            return;
        }

        DeviceTensor other = map.InputScratch(0);
        Send(map, Down, Up, above, below, other);
        map.Combine(Combination.SignedProduct, map.Input, map.Below, other, map.Below);
    }

    /// <summary>to = V^T above + U^T below.</summary>
    private static void Send(ILinearMap map, MapWeights v, MapWeights u, DeviceTensor above, DeviceTensor? below, DeviceTensor to)
    {
        map.Transposed(v, above, to);
        if (below is null) return;
        map.Transposed(u, below, map.InputScratch(1));
        Apply(map, Combination.Sum, to, map.InputScratch(1), to);
    }
}

/// <summary>Positive and negative contributions apart, weighted alpha and beta = alpha - 1.</summary>
/// <param name="Alpha">The weight of the positive ones, at least 1.</param>
public sealed record AlphaBetaRule(double Alpha = 2) : RelevanceRule(Alpha == 2 ? "alpha2-beta1" : "alpha-beta")
{
    private static MapWeights Plus => new(WeightPart.Positive, true);

    private static MapWeights Minus => new(WeightPart.Negative, true);

    /// <summary>alpha - 1.</summary>
    public double Beta => Alpha - 1;

    /// <inheritdoc/>
    public override IReadOnlyList<MapWeights> Weights => [Plus, Minus];

    /// <inheritdoc/>
    public override string Equation =>
        "a (x+ W+ + x- W-) R_k / s(sum + b+) - b (x+ W- + x- W+) R_k / s(sum + b-), a - b = 1";

    /// <inheritdoc/>
    public override void Backward(ILinearMap map)
    {
        DeviceTensor gained = Signed(map, Plus, Minus, 0);
        Apply(map, Combination.Quotient(Stabiliser, Alpha), map.Above, gained, gained);
        DeviceTensor lost = Signed(map, Minus, Plus, 2);
        Apply(map, Combination.Quotient(Stabiliser, -Beta), map.Above, lost, lost);

        Send(map, Plus, Minus, gained, lost, map.Below);
        if (map.IsInputPositive)
        {
            Apply(map, Combination.Product, map.Below, map.Input, map.Below);
            return;
        }

        DeviceTensor other = map.InputScratch(0);
        Send(map, Minus, Plus, gained, lost, other);
        map.Combine(Combination.SignedProduct, map.Input, map.Below, other, map.Below);
    }

    private static void Send(ILinearMap map, MapWeights v, MapWeights u, DeviceTensor gained, DeviceTensor lost, DeviceTensor to)
    {
        map.Transposed(v, gained, to);
        map.Transposed(u, lost, map.InputScratch(1));
        Apply(map, Combination.Sum, to, map.InputScratch(1), to);
    }
}

/// <summary>(x+ W+ + x- W-) R_k / s(their sum + b+): positive contributions alone.</summary>
public sealed record ZPlusRule() : RelevanceRule("z-plus")
{
    private static MapWeights Plus => new(WeightPart.Positive, true);

    private static MapWeights Minus => new(WeightPart.Negative, false);

    /// <inheritdoc/>
    public override IReadOnlyList<MapWeights> Weights => [Plus];

    /// <inheritdoc/>
    public override string Equation => "(x+ W+ + x- W-) R_k / s(sum + b+)";

    /// <inheritdoc/>
    public override void Backward(ILinearMap map)
    {
        DeviceTensor c = Signed(map, Plus, Minus, 0);
        Apply(map, Combination.Quotient(Stabiliser), map.Above, c, c);
        map.Transposed(Plus, c, map.Below);
        if (map.IsInputPositive)
        {
            Apply(map, Combination.Product, map.Below, map.Input, map.Below);
            return;
        }

        map.Transposed(Minus, c, map.InputScratch(0));
        map.Combine(Combination.SignedProduct, map.Input, map.Below, map.InputScratch(0), map.Below);
    }
}

/// <summary>(x W - l W+ - h W-) R_k / s(their sum), where l and h bound x.</summary>
public sealed record ZBoxRule() : RelevanceRule("z-box")
{
    private static MapWeights All => new(WeightPart.All, false);

    private static MapWeights Plus => new(WeightPart.Positive, false);

    private static MapWeights Minus => new(WeightPart.Negative, false);

    /// <inheritdoc/>
    public override bool IsTimesInput => false;

    /// <inheritdoc/>
    public override IReadOnlyList<MapWeights> Weights => [All, Plus, Minus];

    /// <inheritdoc/>
    public override string Equation => "(x W - l W+ - h W-) R_k / s(sum)";

    /// <inheritdoc/>
    public override void Backward(ILinearMap map)
    {
        (DeviceTensor low, DeviceTensor high) = map.Bounds;
        DeviceTensor c = map.OutputScratch(0), part = map.OutputScratch(1);
        map.Forward(All, map.Input, c);
        map.Forward(Plus, low, part);
        Apply(map, Combination.Difference, c, part, c);
        map.Forward(Minus, high, part);
        Apply(map, Combination.Difference, c, part, c);
        Apply(map, Combination.Quotient(Stabiliser), map.Above, c, c);

        DeviceTensor sent = map.InputScratch(0);
        map.Transposed(All, c, map.Below);
        Apply(map, Combination.Product, map.Below, map.Input, map.Below);
        map.Transposed(Plus, c, sent);
        map.Combine(Combination.MinusProduct, sent, low, map.Below, map.Below);
        map.Transposed(Minus, c, sent);
        map.Combine(Combination.MinusProduct, sent, high, map.Below, map.Below);
    }
}

/// <summary>W^2 R_k / s(sum W^2 + b^2), whatever x is.</summary>
public sealed record WSquareRule() : RelevanceRule("w-square")
{
    private static MapWeights Square => new(WeightPart.Square, true);

    /// <inheritdoc/>
    public override bool IsTimesInput => false;

    /// <inheritdoc/>
    public override IReadOnlyList<MapWeights> Weights => [Square];

    /// <inheritdoc/>
    public override string Equation => "W^2 R_k / s(sum W^2 + b^2)";

    /// <inheritdoc/>
    public override void Backward(ILinearMap map) => Share(map, Square);

    /// <summary>V R_k / s(V 1 + d).</summary>
    internal static void Share(ILinearMap map, MapWeights weights)
    {
        DeviceTensor ones = map.InputScratch(0), c = map.OutputScratch(0);
        Apply(map, Combination.Constant(1), ones, ones);
        map.Forward(weights, ones, c);
        Apply(map, Combination.Quotient(Stabiliser), map.Above, c, c);
        map.Transposed(weights, c, map.Below);
    }
}

/// <summary>R_k / s(n_k) to each of the n_k inputs that exist.</summary>
public sealed record FlatRule() : RelevanceRule("flat")
{
    private static MapWeights Ones => new(WeightPart.Ones, false);

    /// <inheritdoc/>
    public override bool IsTimesInput => false;

    /// <inheritdoc/>
    public override IReadOnlyList<MapWeights> Weights => [Ones];

    /// <inheritdoc/>
    public override string Equation => "R_k / s(n_k), n_k the inputs that k reads";

    /// <inheritdoc/>
    public override void Backward(ILinearMap map) => WSquareRule.Share(map, Ones);
}
