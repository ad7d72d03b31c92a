using System.Numerics;
using NetViz.Engine;

namespace NetViz.Samples.Tracing;

/// <summary>
/// Noise for textures: fixed functions of a point, from one table of random numbers. Smooth noise is a lattice of random
/// numbers joined by quintic steps (Perlin, Improving Noise, 2002); cells are distances to random points (Worley 1996).
/// </summary>
internal static class Noise
{
    private static readonly byte[] Order = Shuffled();
    private static readonly float[] Values = Uniform();

    /// <summary>Smooth noise in -1..1, about one bump a unit.</summary>
    public static float Smooth(Vector3 p)
    {
        int x = Floor(p.X), y = Floor(p.Y), z = Floor(p.Z);
        float u = Ease(p.X - x), v = Ease(p.Y - y), w = Ease(p.Z - z);
        float near = Mix(Mix(At(x, y, z), At(x + 1, y, z), u), Mix(At(x, y + 1, z), At(x + 1, y + 1, z), u), v);
        float far = Mix(Mix(At(x, y, z + 1), At(x + 1, y, z + 1), u), Mix(At(x, y + 1, z + 1), At(x + 1, y + 1, z + 1), u), v);
        return Mix(near, far, w);
    }

    /// <summary>Smooth noise in the plane, -1..1.</summary>
    public static float Smooth(float x, float y)
    {
        int i = Floor(x), j = Floor(y);
        float u = Ease(x - i), v = Ease(y - j);
        return Mix(Mix(At(i, j, 0), At(i + 1, j, 0), u), Mix(At(i, j + 1, 0), At(i + 1, j + 1, 0), u), v);
    }

    /// <summary>A sum of octaves, each of twice the frequency and half the height of the one before; about -1..1.</summary>
    public static float Layered(Vector3 p, int octaves)
    {
        float sum = 0, height = 0.5f;
        for (int i = 0; i < octaves; i++, height *= 0.5f)
        {
            sum += height * Smooth(p);
            p = p * 2.03f + new Vector3(17.3f, 5.1f, 9.7f);
        }

        return sum;
    }

    /// <summary>A sum of octaves in the plane; about -1..1.</summary>
    public static float Layered(float x, float y, int octaves)
    {
        float sum = 0, height = 0.5f;
        for (int i = 0; i < octaves; i++, height *= 0.5f)
        {
            sum += height * Smooth(x, y);
            // Turned by 37 degrees, so that the lattices of the octaves do not lie on each other.
            (x, y) = (1.62f * x - 1.22f * y + 31.7f, 1.22f * x + 1.62f * y - 11.3f);
        }

        return sum;
    }

    /// <summary>The distance to the nearest of random points, one a unit cube, and that point's own number in 0..1.</summary>
    public static (float Distance, float Number) Cells(Vector3 p)
    {
        int x = Floor(p.X), y = Floor(p.Y), z = Floor(p.Z);
        float nearest = 9, number = 0;
        for (int k = z - 1; k <= z + 1; k++)
        {
            for (int j = y - 1; j <= y + 1; j++)
            {
                for (int i = x - 1; i <= x + 1; i++)
                {
                    int h = Hash(i, j, k);
                    var point = new Vector3(i + 0.5f + 0.45f * Values[h], j + 0.5f + 0.45f * Values[h ^ 85],
                        k + 0.5f + 0.45f * Values[h ^ 170]);
                    float d = Vector3.DistanceSquared(p, point);
                    if (d < nearest) (nearest, number) = (d, 0.5f + 0.5f * Values[h ^ 255]);
                }
            }
        }

        return (MathF.Sqrt(nearest), number);
    }

    /// <summary>The distance to the nearest of random points in the plane, one a unit square, and that point's number.</summary>
    public static (float Distance, float Number) Cells(float x, float y)
    {
        int i0 = Floor(x), j0 = Floor(y);
        float nearest = 9, number = 0;
        for (int j = j0 - 1; j <= j0 + 1; j++)
        {
            for (int i = i0 - 1; i <= i0 + 1; i++)
            {
                int h = Hash(i, j, 7);
                float dx = x - (i + 0.5f + 0.45f * Values[h]), dy = y - (j + 0.5f + 0.45f * Values[h ^ 85]),
                    d = dx * dx + dy * dy;
                if (d < nearest) (nearest, number) = (d, 0.5f + 0.5f * Values[h ^ 255]);
            }
        }

        return (MathF.Sqrt(nearest), number);
    }

    /// <summary>The direction in which smooth noise rises, for normals that are rough: about -2..2 in each coordinate.</summary>
    public static Vector3 Slope(Vector3 p)
    {
        const float Step = 0.05f;
        float here = Smooth(p);
        return new Vector3(Smooth(p + new Vector3(Step, 0, 0)) - here, Smooth(p + new Vector3(0, Step, 0)) - here,
            Smooth(p + new Vector3(0, 0, Step)) - here) / Step;
    }

    /// <summary>A number in 0..1 of a lattice point's own.</summary>
    public static float Number(int x, int y, int z = 0) => 0.5f + 0.5f * At(x, y, z);

    /// <summary>0 below <paramref name="from"/>, 1 above <paramref name="to"/>, a smooth step between.</summary>
    public static float Step(float from, float to, float x)
    {
        float t = Math.Clamp((x - from) / (to - from), 0, 1);
        return t * t * (3 - 2 * t);
    }

    /// <summary>a (1 - t) + b t.</summary>
    public static float Mix(float a, float b, float t) => a + (b - a) * t;

    private static float Ease(float t) => t * t * t * (t * (6 * t - 15) + 10);

    private static int Floor(float x) => (int)MathF.Floor(x);

    private static float At(int x, int y, int z) => Values[Hash(x, y, z)];

    private static int Hash(int x, int y, int z) => Order[(Order[(Order[x & 255] + y) & 255] + z) & 255];

    private static byte[] Shuffled()
    {
        var random = new CounterRandom(1312, 6034);
        byte[] order = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        for (int i = 255; i > 0; i--)
        {
            int j = (int)(random.Bits(i) % (ulong)(i + 1));
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    private static float[] Uniform()
    {
        var random = new CounterRandom(1312, 6035);
        return [.. Enumerable.Range(0, 256).Select(i => (random.Bits(i) >> 40) / (float)(1 << 23) - 1)];
    }
}
