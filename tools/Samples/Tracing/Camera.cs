using System.Numerics;

namespace NetViz.Samples.Tracing;

/// <summary>A camera with a thin lens.</summary>
internal sealed class Camera
{
    private readonly Vector3 _forward, _right, _up;
    private readonly float _width;

    /// <summary>Sets it up.</summary>
    /// <param name="from">Where it stands.</param>
    /// <param name="to">What is in the middle of the picture, and in focus unless <paramref name="focus"/> says
    /// otherwise.</param>
    /// <param name="angle">The field of view, degrees.</param>
    /// <param name="aperture">The lens's radius: 0 for a pinhole.</param>
    /// <param name="focus">The distance in focus; 0 for that of <paramref name="to"/>.</param>
    public Camera(Vector3 from, Vector3 to, float angle, float aperture = 0, float focus = 0)
    {
        (From, Aperture, Focus) = (from, aperture, focus > 0 ? focus : Vector3.Distance(from, to));
        _forward = Vector3.Normalize(to - from);
        _right = Vector3.Normalize(Vector3.Cross(_forward, Vector3.UnitY));
        _up = Vector3.Cross(_right, _forward);
        _width = MathF.Tan(angle * MathF.PI / 360);
    }

    /// <summary>Where it stands.</summary>
    public Vector3 From { get; }

    private float Aperture { get; }

    private float Focus { get; }

    /// <summary>The ray through a point of the picture.</summary>
    /// <param name="u">From -1 (left) to 1.</param>
    /// <param name="v">From -1 (top) to 1.</param>
    /// <param name="lens">Where on the lens, in the unit disc.</param>
    public (Vector3 Origin, Vector3 Direction) Ray(float u, float v, Vector2 lens)
    {
        Vector3 direction = _forward + _width * (u * _right - v * _up);
        Vector3 offset = Aperture * (lens.X * _right + lens.Y * _up);
        return (From + offset, Vector3.Normalize(direction * Focus - offset));
    }
}
