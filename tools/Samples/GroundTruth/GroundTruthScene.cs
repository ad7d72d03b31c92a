using System.Numerics;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Samples.Tracing;

namespace NetViz.Samples.GroundTruth;

/// <summary>
/// A picture of which is known which pixels make its class: a solid whose shape is the class, a second solid that belongs to no
/// class, and a floor and a backdrop; places, sizes, colours and light are drawn from a seed. Colours tell nothing of the class.
/// </summary>
internal sealed class GroundTruthScene : SolidScene
{
    /// <summary>The classes, by the shape of the object.</summary>
    public static IReadOnlyList<string> Classes { get; } = ["ball", "cube", "ring", "cone", "cross", "cup"];

    private readonly CounterRandom _random;
    private readonly int _class, _distractor;
    private readonly Vector3 _object, _other, _objectColour, _otherColour, _floor, _wall;
    private readonly float _size, _otherSize, _turn, _otherTurn, _grain;

    /// <summary>Draws the scene's numbers.</summary>
    /// <param name="class">The class, by number.</param>
    /// <param name="seed">The seed of the set.</param>
    /// <param name="number">The number of the picture.</param>
    public GroundTruthScene(int @class, ulong seed, ulong number)
        : base(Classes[@class])
    {
        _random = new CounterRandom(seed, number);
        _class = @class;
        _distractor = (int)(_random.Bits(0) % 3);
        // The object and the distractor stand on different sides, so that neither hides the other.
        float side = (_random.Bits(1) & 1) == 0 ? 1 : -1;
        (_size, _otherSize) = (Between(2, 0.62f, 0.95f), Between(3, 0.5f, 0.8f));
        _object = new Vector3(side * Between(4, 0.55f, 1.25f), _size, Between(5, -0.9f, 0.9f));
        _other = new Vector3(-side * Between(6, 0.75f, 1.45f), _otherSize, Between(7, -1.1f, 0.7f));
        (_turn, _otherTurn) = (Between(8, -0.7f, 0.7f), Between(9, -0.8f, 0.8f));
        (_objectColour, _otherColour, _floor, _wall) = (Colour(10, 0.55f), Colour(14, 0.55f), Colour(18, 0.28f), Colour(22, 0.3f));
        _grain = Between(26, 0.6f, 4);
        Lamp = Vector3.Normalize(new Vector3(Between(27, -0.8f, 0.8f), Between(28, 0.6f, 1), Between(29, 0.2f, 0.7f)));
        Camera = new Camera(new Vector3(Between(30, -0.8f, 0.8f), Between(31, 2.1f, 3.2f), 7), new Vector3(0, 0.85f, 0), 34);
    }

    /// <inheritdoc/>
    public override Camera Camera { get; }

    /// <inheritdoc/>
    public override Vector3 Lamp { get; }

    /// <inheritdoc/>
    public override float Distance(Vector3 p) => MathF.Min(p.Y, MathF.Min(Object(p), Distractor(p)));

    /// <inheritdoc/>
    public override Surface At(Vector3 p, ref Vector3 normal)
    {
        float own = Object(p), other = Distractor(p);
        if (own <= p.Y && own <= other) return new Surface(_objectColour, 0.04f, 0.35f);
        if (other <= p.Y) return new Surface(_otherColour, 0.04f, 0.35f);
        return new Surface(_floor * (0.6f + 0.8f * Noise.Layered(p * _grain, 3)), 0.02f, 0.7f);
    }

    /// <inheritdoc/>
    public override Vector3 Sky(Vector3 direction) =>
        _wall * (0.7f + 0.9f * Noise.Layered(direction * (2 + 2 * _grain), 3)) * (0.8f + 0.5f * direction.Y);

    /// <summary>Which pixels show the object: those whose ray through the centre meets it first.</summary>
    /// <param name="size">The side in pixels.</param>
    public bool[] Mask(int size)
    {
        var mask = new bool[size * size];
        for (int i = 0; i < mask.Length; i++)
        {
            (Vector3 origin, Vector3 direction) = Camera.Ray(2 * (i % size + 0.5f) / size - 1, 2 * (i / size + 0.5f) / size - 1, Vector2.Zero);
            float t = 0.01f;
            for (int step = 0; step < 220 && t < Far; step++)
            {
                Vector3 p = origin + t * direction;
                float d = Distance(p);
                if (d < 0.0004f * (1 + t))
                {
                    mask[i] = Object(p) <= MathF.Min(p.Y, Distractor(p));
                    break;
                }

                t += d * Stride;
            }
        }

        return mask;
    }

    /// <summary>A mask as a picture: white where the object is.</summary>
    public static Photo PictureOf(bool[] mask, int size)
    {
        var rgb = new byte[3 * mask.Length];
        for (int i = 0; i < mask.Length; i++) if (mask[i]) rgb.AsSpan(3 * i, 3).Fill(255);
        return new Photo(size, size, rgb);
    }

    private float Object(Vector3 p)
    {
        Vector3 q = Solid.TurnY(p - _object, _turn);
        float s = _size;
        return _class switch
        {
            0 => Solid.Sphere(q, s),
            1 => Solid.Box(q, new Vector3(0.78f * s), 0.06f * s),
            2 => Solid.Torus(Solid.TurnX(q, 1.2f), 0.7f * s, 0.26f * s),
            3 => Solid.Rod(q, new Vector3(0, -0.75f * s, 0), new Vector3(0, 0.95f * s, 0), 0.62f * s, 0.04f * s),
            4 => MathF.Min(Solid.Box(q, new Vector3(0.26f, 0.95f, 0.26f) * s, 0.04f * s), Solid.Box(q, new Vector3(0.85f, 0.26f, 0.26f) * s, 0.04f * s)),
            _ => Solid.Without(Solid.Cylinder(q, 0.68f * s, 0.8f * s, 0.04f * s),
                Solid.Cylinder(q - new Vector3(0, 0.25f * s, 0), 0.5f * s, 0.8f * s, 0.04f * s), 0.02f),
        };
    }

    private float Distractor(Vector3 p)
    {
        Vector3 q = Solid.TurnY(p - _other, _otherTurn);
        float s = _otherSize;
        return _distractor switch
        {
            0 => Solid.Rod(q, new Vector3(0, -0.8f * s, 0), new Vector3(0, 0.8f * s, 0), 0.25f * s, 0.25f * s),
            1 => Solid.Ellipsoid(q, new Vector3(0.95f, 0.35f, 0.6f) * s),
            _ => Solid.Box(q, new Vector3(0.12f, 0.9f, 0.8f) * s, 0.05f * s),
        };
    }

    private float Between(int number, float low, float high) =>
        low + (high - low) * ((_random.Bits(number) >> 40) / (float)(1 << 24));

    private Vector3 Colour(int number, float brightness) => brightness
        * (new Vector3(0.15f) + new Vector3(Between(number, 0, 1), Between(number + 1, 0, 1), Between(number + 2, 0, 1)));
}
