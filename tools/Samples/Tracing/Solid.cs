using System.Numerics;

namespace NetViz.Samples.Tracing;

/// <summary>
/// Signed distances from a point to solids, negative inside. Those of <see cref="Ellipsoid"/> and of what is bent or blended are
/// estimates from below near the surface, which sphere tracing needs no more than (Hart, Sphere Tracing, 1996).
/// </summary>
internal static class Solid
{
    public static float Sphere(Vector3 p, float radius) => p.Length() - radius;

    public static float Ellipsoid(Vector3 p, Vector3 radii)
    {
        float k0 = (p / radii).Length(), k1 = (p / (radii * radii)).Length();
        return k1 < 1e-6f ? -MathF.Min(radii.X, MathF.Min(radii.Y, radii.Z)) : k0 * (k0 - 1) / k1;
    }

    /// <summary>A box of these half sides, its edges rounded within them.</summary>
    public static float Box(Vector3 p, Vector3 half, float rounding = 0)
    {
        Vector3 q = Vector3.Abs(p) - half + new Vector3(rounding);
        return Vector3.Max(q, Vector3.Zero).Length() + MathF.Min(MathF.Max(q.X, MathF.Max(q.Y, q.Z)), 0) - rounding;
    }

    /// <summary>A rod from a to b whose radius goes from ra to rb, with round ends.</summary>
    public static float Rod(Vector3 p, Vector3 a, Vector3 b, float ra, float rb)
    {
        Vector3 pa = p - a, ba = b - a;
        float t = Math.Clamp(Vector3.Dot(pa, ba) / ba.LengthSquared(), 0, 1);
        return (pa - ba * t).Length() - (ra + (rb - ra) * t);
    }

    /// <summary>An upright cylinder about the origin, its edges rounded.</summary>
    public static float Cylinder(Vector3 p, float radius, float halfHeight, float rounding = 0)
    {
        float dx = MathF.Sqrt(p.X * p.X + p.Z * p.Z) - radius + rounding, dy = MathF.Abs(p.Y) - halfHeight + rounding;
        float ox = MathF.Max(dx, 0), oy = MathF.Max(dy, 0);
        return MathF.Min(MathF.Max(dx, dy), 0) + MathF.Sqrt(ox * ox + oy * oy) - rounding;
    }

    /// <summary>A ring around the vertical axis.</summary>
    public static float Torus(Vector3 p, float radius, float thickness)
    {
        float q = MathF.Sqrt(p.X * p.X + p.Z * p.Z) - radius;
        return MathF.Sqrt(q * q + p.Y * p.Y) - thickness;
    }

    /// <summary>The union of two solids with a fillet of about width k (Quilez's polynomial smooth minimum).</summary>
    public static float Blend(float a, float b, float k)
    {
        float h = MathF.Max(k - MathF.Abs(a - b), 0) / k;
        return MathF.Min(a, b) - h * h * k * 0.25f;
    }

    /// <summary>The first solid without the second, the edge rounded to about k.</summary>
    public static float Without(float a, float b, float k) => -Blend(-a, b, k);

    /// <summary>A point turned about the vertical axis.</summary>
    public static Vector3 TurnY(Vector3 p, float angle)
    {
        (float s, float c) = MathF.SinCos(angle);
        return new Vector3(c * p.X + s * p.Z, p.Y, c * p.Z - s * p.X);
    }

    /// <summary>A point turned about the axis of depth.</summary>
    public static Vector3 TurnZ(Vector3 p, float angle)
    {
        (float s, float c) = MathF.SinCos(angle);
        return new Vector3(c * p.X - s * p.Y, s * p.X + c * p.Y, p.Z);
    }

    /// <summary>A point turned about the axis to the right.</summary>
    public static Vector3 TurnX(Vector3 p, float angle)
    {
        (float s, float c) = MathF.SinCos(angle);
        return new Vector3(p.X, c * p.Y - s * p.Z, s * p.Y + c * p.Z);
    }
}
