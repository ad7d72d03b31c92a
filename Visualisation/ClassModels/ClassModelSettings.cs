using NetViz.Engine;

namespace NetViz.Visualisation.ClassModels;

/// <summary>How a step goes from a gradient to the next image.</summary>
public enum AscentKind
{
    /// <summary>A step along the gradient that is halved until the objective does not fall.</summary>
    Backtracking,

    /// <summary>A step of fixed length along the gradient.</summary>
    FixedLength,

    /// <summary>Adam on the spectrum of the image in decorrelated colours.</summary>
    AdamOnSpectrum,
}

/// <summary>All constants of a procedure, each with its origin; those it does not use are absent and count as 0.</summary>
public sealed class ClassModelSettings
{
    private readonly Dictionary<string, NamedConstant> _constants;

    /// <summary>Creates it.</summary>
    /// <param name="preset">The name.</param>
    /// <param name="description">What the procedure is, in a line.</param>
    /// <param name="ascent">How a step goes.</param>
    /// <param name="constants">By distinct names.</param>
    public ClassModelSettings(string preset, string description, AscentKind ascent, IEnumerable<NamedConstant> constants)
    {
        (Preset, Description, Ascent) = (preset, description, ascent);
        _constants = constants.ToDictionary(constant => constant.Name);
    }

    /// <summary>The preset's name.</summary>
    public string Preset { get; }

    /// <summary>What the procedure is, in a line.</summary>
    public string Description { get; }

    /// <summary>How a step goes.</summary>
    public AscentKind Ascent { get; }

    /// <summary>All constants, by name.</summary>
    public IEnumerable<NamedConstant> Constants => _constants.Values.OrderBy(constant => constant.Name, StringComparer.Ordinal);

    /// <summary>Steps: passes forward and backward.</summary>
    public int Steps => (int)this["steps"];

    /// <summary>A constant's number; 0 where the procedure has no such constant.</summary>
    public double this[string name] => _constants.TryGetValue(name, out NamedConstant? constant) ? constant.Number : 0;

    /// <summary>The same with another number for a constant.</summary>
    /// <param name="name">The constant; it may be new to the procedure.</param>
    /// <param name="value">Its number.</param>
    /// <param name="origin">Where the number comes from.</param>
    /// <param name="meaning">What it is, if it is new.</param>
    /// <exception cref="NetVizException">The number is not finite or negative, or the procedure cannot use it.</exception>
    public ClassModelSettings With(string name, double value, Origin origin, string meaning = "")
    {
        if (!double.IsFinite(value) || value < 0)
            throw new NetVizException($"`{name}` {value}; 0 or a positive number is supported");
        if (name == "steps" && value < 1) throw new NetVizException($"`steps` {value}; at least 1 is supported");
        string[] ofPixels = ["decay", "blur", "blur-every", "clip-norm", "clip-contribution"];
        if (Ascent != AscentKind.FixedLength && ofPixels.Contains(name))
        {
            throw new NetVizException($"`{name}` does not go with preset {Preset}: it changes pixels after a step",
                "take `Preset` cs231n or yosinski");
        }
        string[] ofViews = ["jitter", "pad", "scale", "rotate"];
        if (Ascent == AscentKind.Backtracking && ofViews.Contains(name))
        {
            throw new NetVizException($"`{name}` does not go with preset {Preset}, whose objective never falls: it would be "
                + "another at each step", "take `Preset` cs231n or lucid");
        }
        double most = name switch { "decay" or "scale" => 0.99, "clip-norm" or "clip-contribution" => 100, _ => 1e9 };
        if (value > most) throw new NetVizException($"`{name}` {value}; up to {most} is supported");
        NamedConstant old = _constants.GetValueOrDefault(name) ?? new NamedConstant(name, 0, origin, meaning);
        return new ClassModelSettings(Preset, Description, Ascent,
            [.. _constants.Values.Where(constant => constant.Name != name), old with { Value = value, Origin = origin }]);
    }
}
