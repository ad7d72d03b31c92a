namespace NetViz.Visualisation;

/// <summary>
/// How the C channels of the signal w [C,H,W] at the image become one number a pixel, M [H,W].
/// [paper] is Simonyan, Vedaldi, Zisserman, arXiv 1312.6034, section 3.1; [secondary] is the practice of public
/// implementations, which the paper does not have.
/// </summary>
public enum Reduction
{
    /// <summary>M = max over c of |w_c| [paper]; of one channel |w|, as the paper has it for grey images. The default.</summary>
    Max,

    /// <summary>M = sum over c of |w_c|, drawn clipped at its 99th percentile [secondary].</summary>
    Sum,

    /// <summary>M = mean over c of |w_c| [secondary].</summary>
    Mean,

    /// <summary>M = sum over c of w_c, sign kept: what brightening the pixel does to the score [secondary].</summary>
    Signed,
}
