using NetViz.Engine;
using SkiaSharp;

namespace NetViz.Samples.Scenes;

/// <summary>A sea nettle in blue water, painted in glowing layers.</summary>
internal sealed class JellyfishScene() : DrawnScene("jellyfish")
{
    private static readonly CounterRandom Random = new(1910, 747);

    protected override void Paint(SKCanvas canvas, int size)
    {
        canvas.Save();
        canvas.Scale(size / 512f);
        Water(canvas);
        canvas.Translate(256, 176);
        canvas.RotateDegrees(14);
        Tentacles(canvas, 0, 19, 0.6f);
        Arms(canvas);
        Bell(canvas);
        Tentacles(canvas, 40, 15, 0.85f);
        canvas.Restore();
    }

    private static void Water(SKCanvas canvas)
    {
        using var water = new SKPaint();
        using var shader = SKShader.CreateLinearGradient(new SKPoint(120, 0), new SKPoint(330, 512),
            [new SKColor(28, 112, 226), new SKColor(10, 62, 196), new SKColor(5, 28, 120)], [0, 0.5f, 1], SKShaderTileMode.Clamp);
        water.Shader = shader;
        canvas.DrawRect(0, 0, 512, 512, water);
        using var glow = new SKPaint { IsAntialias = true, BlendMode = SKBlendMode.Screen };
        using var blur = SKMaskFilter.CreateBlur(SKBlurStyle.Normal, 34);
        glow.MaskFilter = blur;
        for (int i = 0; i < 6; i++)
        {
            float x = 30 + 95 * i + 40 * Uniform(i), width = 18 + 26 * Uniform(i + 20);
            using var ray = new SKPath();
            ray.MoveTo(x, -40);
            ray.LineTo(x + width, -40);
            ray.LineTo(x + 3.4f * width - 90, 420);
            ray.LineTo(x - 130, 420);
            glow.Color = new SKColor(90, 170, 255, 34);
            canvas.DrawPath(ray, glow);
        }

        using var mote = new SKPaint { IsAntialias = true };
        for (int i = 0; i < 150; i++)
        {
            using var soft = SKMaskFilter.CreateBlur(SKBlurStyle.Normal, 0.6f + 2.2f * Uniform(i + 500));
            mote.MaskFilter = soft;
            mote.Color = new SKColor(170, 210, 255, (byte)(20 + 70 * Uniform(i + 700)));
            canvas.DrawCircle(512 * Uniform(i + 100), 512 * Uniform(i + 300), 0.7f + 1.5f * Uniform(i + 900), mote);
        }
    }

    private static SKPath Outline()
    {
        var bell = new SKPath();
        bell.MoveTo(-148, 56);
        bell.CubicTo(-160, -46, -84, -128, 0, -128);
        bell.CubicTo(84, -128, 160, -46, 148, 56);
        // Sixteen lappets along the rim.
        const int Lappets = 14;
        for (int i = 0; i < Lappets; i++)
        {
            float a = MathF.PI * i / Lappets, b = MathF.PI * (i + 1) / Lappets;
            SKPoint to = new(148 * MathF.Cos(b), 56 + 30 * MathF.Sin(b));
            SKPoint over = new(152 * MathF.Cos((a + b) / 2), 56 + 30 * MathF.Sin((a + b) / 2) + 19);
            bell.QuadTo(over, to);
        }

        bell.Close();
        return bell;
    }

    private static void Bell(SKCanvas canvas)
    {
        using SKPath bell = Outline();
        using (var halo = new SKPaint { IsAntialias = true, Color = new SKColor(255, 150, 60, 110) })
        using (var blur = SKMaskFilter.CreateBlur(SKBlurStyle.Normal, 16))
        {
            halo.MaskFilter = blur;
            canvas.DrawPath(bell, halo);
        }

        canvas.Save();
        canvas.ClipPath(bell, SKClipOperation.Intersect, true);
        using var body = new SKPaint { IsAntialias = true };
        using (var shader = SKShader.CreateTwoPointConicalGradient(new SKPoint(-46, -62), 6, new SKPoint(0, -4), 172,
            [new SKColor(255, 226, 190), new SKColor(240, 156, 96), new SKColor(200, 92, 54), new SKColor(128, 46, 44)],
            [0, 0.34f, 0.72f, 1], SKShaderTileMode.Clamp))
        {
            body.Shader = shader;
            canvas.DrawRect(-200, -200, 400, 400, body);
        }

        // Stripes from the top to the rim, as meridians.
        using var stripe = new SKPaint { IsAntialias = true, Style = SKPaintStyle.Stroke };
        using (var soft = SKMaskFilter.CreateBlur(SKBlurStyle.Normal, 2.4f))
        {
            stripe.MaskFilter = soft;
            for (int i = 0; i <= 16; i++)
            {
                float x = MathF.Sin((i / 16f - 0.5f) * MathF.PI);
                using var line = new SKPath();
                line.MoveTo(x * 26, -112);
                line.CubicTo(x * 112, -86, x * 156, -20, x * 148, 84 - 26 * x * x);
                stripe.StrokeWidth = 4.5f + 3 * Uniform(i + 40);
                stripe.Color = new SKColor(120, 34, 8, (byte)(70 + 60 * Uniform(i + 60)));
                canvas.DrawPath(line, stripe);
            }
        }

        // The hollow below, seen through the rim, and the light on the shoulder.
        using var inner = new SKPaint { IsAntialias = true, Color = new SKColor(92, 26, 12, 120) };
        using (var blur = SKMaskFilter.CreateBlur(SKBlurStyle.Normal, 12))
        {
            inner.MaskFilter = blur;
            canvas.DrawOval(0, 74, 122, 24, inner);
        }

        using var shine = new SKPaint { IsAntialias = true, Color = new SKColor(255, 246, 220, 150),
            BlendMode = SKBlendMode.Screen };
        using (var blur = SKMaskFilter.CreateBlur(SKBlurStyle.Normal, 13))
        {
            shine.MaskFilter = blur;
            canvas.DrawOval(-58, -70, 44, 20, shine);
            canvas.DrawOval(36, -96, 34, 9, shine);
        }

        canvas.Restore();
        using var rim = new SKPaint { IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeWidth = 2.2f,
            Color = new SKColor(255, 206, 130, 170) };
        canvas.DrawPath(bell, rim);
    }

    private static void Tentacles(SKCanvas canvas, int salt, int count, float strength)
    {
        using var paint = new SKPaint { IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeCap = SKStrokeCap.Round };
        for (int i = 0; i < count; i++)
        {
            float x = -138 + 276f * (i + 0.5f) / count, sway = 60 * (Uniform(salt + 3 * i) - 0.5f),
                length = 230 + 170 * Uniform(salt + 3 * i + 1);
            using var thread = new SKPath();
            thread.MoveTo(x, 80 - 18 * MathF.Abs(x) / 138);
            thread.CubicTo(x * 1.1f + sway, 80 + length * 0.33f, x * 0.7f - 1.3f * sway - 18, 80 + length * 0.62f,
                x * 0.9f + sway - 40, 80 + length);
            using var soft = SKMaskFilter.CreateBlur(SKBlurStyle.Normal, 2.6f);
            paint.MaskFilter = soft;
            paint.StrokeWidth = 6;
            paint.Color = new SKColor(210, 90, 30, (byte)(60 * strength));
            canvas.DrawPath(thread, paint);
            paint.MaskFilter = null;
            paint.StrokeWidth = 1.7f;
            paint.Color = new SKColor(168, 50, 26, (byte)(235 * strength));
            canvas.DrawPath(thread, paint);
        }
    }

    // Four frilled arms: ribbons of many small folds about wavy lines.
    private static void Arms(SKCanvas canvas)
    {
        using var fold = new SKPaint { IsAntialias = true };
        for (int arm = 0; arm < 4; arm++)
        {
            float root = -42 + 28 * arm, phase = 1.7f * arm;
            for (int i = 0; i < 330; i++)
            {
                float t = i / 330f, y = 70 + 290 * t * (0.86f + 0.1f * arm % 2);
                float x = root * (1 + 0.4f * t) + 20 * MathF.Sin(phase + 5.2f * t) - 40 * t * t;
                float spread = (38 - 20 * t) * (0.75f + 0.35f * MathF.Sin(31 * t + phase));
                float dx = spread * (2 * Uniform(i + 1000 * arm + 3000) - 1), dy = 7 * (2 * Uniform(i + 1000 * arm + 7000) - 1);
                float r = (8.5f - 4.5f * t) * (0.6f + 0.6f * Uniform(i + 1000 * arm + 9000)),
                    pale = Uniform(i + 1000 * arm + 12000);
                using var soft = SKMaskFilter.CreateBlur(SKBlurStyle.Normal, 1.6f);
                fold.MaskFilter = soft;
                fold.Color = new SKColor((byte)(232 + 23 * pale), (byte)(150 + 80 * pale), (byte)(96 + 90 * pale),
                    (byte)(105 - 45 * t));
                canvas.DrawOval(x + dx, y + dy, r, r * 0.72f, fold);
            }
        }
    }

    private static float Uniform(int counter) => (Random.Bits(counter) >> 40) / (float)(1 << 24);
}
