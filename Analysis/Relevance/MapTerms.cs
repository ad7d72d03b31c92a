using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Kernels;

namespace NetViz.Analysis.Relevance;

/// <summary>
/// A linear map z_k = sum over j of W_jk x_j + b_k, written out term by term in double and without the kernels: which inputs an
/// output reads, with which weight.
/// </summary>
internal sealed class MapTerms
{
    private readonly MergedMap _map;
    private readonly ConvGeometry _geometry;
    private readonly double[]? _weights;

    /// <summary>Looks at a map.</summary>
    /// <param name="map">The map.</param>
    /// <param name="input">The shape of its input.</param>
    public MapTerms(MergedMap map, Shape input)
    {
        _map = map;
        if (map.Node.Layer is not Conv conv) return;
        _geometry = conv.Geometry(input);
        _weights = new double[conv.Weight.Length];
        for (int i = 0; i < _weights.Length; i++) _weights[i] = map.WeightAt(i);
    }

    /// <summary>Takes a term.</summary>
    /// <param name="j">The input's element, row-major.</param>
    /// <param name="w">W_jk.</param>
    public delegate void Take(int j, double w);

    /// <summary>The most terms that an output has.</summary>
    public int Terms => _map.Node.Layer is Conv ? _geometry.CG * _geometry.Window.Area : ((FullyConnected)_map.Node.Layer).Inputs;

    /// <summary>The most outputs that read an input.</summary>
    public int Readers => _map.Node.Layer is Conv ? _geometry.OG * _geometry.Window.Area : ((FullyConnected)_map.Node.Layer).Outputs;

    /// <summary>b_k.</summary>
    /// <param name="k">The output's element, row-major.</param>
    public double Bias(int k) => _map.Bias[_map.Node.Layer is Conv
        ? k / (_geometry.OH * _geometry.OW) % _geometry.O
        : k % ((FullyConnected)_map.Node.Layer).Outputs];

    /// <summary>All terms of an output.</summary>
    /// <param name="k">The output's element, row-major.</param>
    /// <param name="take">Told each.</param>
    public void Each(int k, Take take)
    {
        if (_map.Node.Layer is FullyConnected layer)
        {
            (int row, int o) = Math.DivRem(k, layer.Outputs);
            for (int i = 0; i < layer.Inputs; i++)
                take(row * layer.Inputs + i, _map.WeightAt(layer.WeightIsInByOut ? i * layer.Outputs + o : o * layer.Inputs + i));
            return;
        }

        ConvGeometry g = _geometry;
        Window window = g.Window;
        int ow = k % g.OW, oh = k / g.OW % g.OH, channel = k / (g.OW * g.OH) % g.O, n = k / (g.OW * g.OH * g.O);
        for (int cg = 0; cg < g.CG; cg++)
        {
            int plane = (n * g.C + channel / g.OG * g.CG + cg) * g.H, kernel = (channel * g.CG + cg) * window.Area;
            for (int kh = 0; kh < window.KH; kh++)
            {
                int h = oh * window.StrideH - window.PadTop + kh * window.DilationH;
                if (h < 0 || h >= g.H) continue;
                for (int kw = 0; kw < window.KW; kw++)
                {
                    int column = ow * window.StrideW - window.PadLeft + kw * window.DilationW;
                    if (column >= 0 && column < g.W) take((plane + h) * g.W + column, _weights![kernel + kh * window.KW + kw]);
                }
            }
        }
    }

    /// <summary>The outputs that read an input.</summary>
    /// <param name="j">The input's element, row-major.</param>
    /// <param name="take">Told each, with its weight.</param>
    public void EachReader(int j, Take take)
    {
        if (_map.Node.Layer is FullyConnected layer)
        {
            (int row, int i) = Math.DivRem(j, layer.Inputs);
            for (int o = 0; o < layer.Outputs; o++)
                take(row * layer.Outputs + o, _map.WeightAt(layer.WeightIsInByOut ? i * layer.Outputs + o : o * layer.Inputs + i));
            return;
        }

        ConvGeometry g = _geometry;
        Window window = g.Window;
        int column = j % g.W, h = j / g.W % g.H, c = j / (g.W * g.H) % g.C, n = j / (g.W * g.H * g.C), group = c / g.CG;
        for (int o = group * g.OG; o < (group + 1) * g.OG; o++)
        for (int kh = 0; kh < window.KH; kh++)
        {
            (int oh, int restH) = Math.DivRem(h + window.PadTop - kh * window.DilationH, window.StrideH);
            if (restH != 0 || oh < 0 || oh >= g.OH) continue;
            for (int kw = 0; kw < window.KW; kw++)
            {
                (int ow, int restW) = Math.DivRem(column + window.PadLeft - kw * window.DilationW, window.StrideW);
                if (restW != 0 || ow < 0 || ow >= g.OW) continue;
                take(((n * g.O + o) * g.OH + oh) * g.OW + ow,
                    _weights![((o * g.CG + c % g.CG) * window.KH + kh) * window.KW + kw]);
            }
        }
    }
}
