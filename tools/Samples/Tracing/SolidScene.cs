using System.Numerics;
using SkiaSharp;

namespace NetViz.Samples.Tracing;

/// <summary>
/// A scene of solids under one sun or lamp and a sky, seen through a camera: functions of a point that
/// <see cref="RayTracer"/> asks. Lengths are in any unit that a scene likes; y points up.
/// </summary>
internal abstract class SolidScene(string name) : DrawnScene(name)
{
    /// <summary>Where it is seen from.</summary>
    public abstract Camera Camera { get; }

    /// <summary>The direction towards the lamp; of length 1.</summary>
    public virtual Vector3 Lamp { get; } = Vector3.Normalize(new Vector3(-0.5f, 0.75f, 0.45f));

    /// <summary>The lamp's light on a surface that faces it; linear.</summary>
    public virtual Vector3 LampLight { get; } = new(2.6f, 2.4f, 2.15f);

    /// <summary>How sharp the lamp's shadows are: 4 for a window, 30 for the sun.</summary>
    public virtual float ShadowSharpness => 8;

    /// <summary>How far rays are followed.</summary>
    public virtual float Far => 60;

    /// <summary>Where shadows and darkened corners reach to.</summary>
    public virtual float ShadowReach => 12;

    /// <summary>What share of a step to take: less than 1 where distances are estimates that may be too long.</summary>
    public virtual float Stride => 0.9f;

    /// <summary>The picture is multiplied by this before it is developed.</summary>
    public virtual float Exposure => 0.6f;

    /// <summary>The distance to the nearest solid, negative inside.</summary>
    public abstract float Distance(Vector3 p);

    /// <summary>What is there.</summary>
    /// <param name="p">A point on a surface.</param>
    /// <param name="normal">Its normal, which may be roughened; of length 1 before and after.</param>
    public abstract Surface At(Vector3 p, ref Vector3 normal);

    /// <summary>The light that comes from a direction where there is no solid; linear.</summary>
    public abstract Vector3 Sky(Vector3 direction);

    /// <summary>What the camera sees where there is no solid: <see cref="Sky"/> unless the scene hangs up a backdrop.</summary>
    /// <param name="direction">The ray's direction.</param>
    public virtual Vector3 Backdrop(Vector3 direction) => Sky(direction);

    /// <summary>The light that falls on a surface of this normal from everywhere but the lamp; linear.</summary>
    public virtual Vector3 Ambient(Vector3 normal) =>
        Vector3.Lerp(new Vector3(0.34f, 0.28f, 0.22f), new Vector3(0.62f, 0.68f, 0.78f), 0.5f + 0.5f * normal.Y);

    /// <summary>What lies in the air between the camera and a point: haze.</summary>
    /// <param name="colour">The light from the point.</param>
    /// <param name="distance">How far away it is.</param>
    /// <param name="direction">The ray's direction.</param>
    public virtual Vector3 Haze(Vector3 colour, float distance, Vector3 direction) => colour;

    protected override void Paint(SKCanvas canvas, int size)
    {
        using SKBitmap picture = RayTracer.Render(this, size);
        canvas.DrawBitmap(picture, 0, 0);
    }
}
