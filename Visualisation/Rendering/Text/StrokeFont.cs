namespace NetViz.Visualisation.Rendering.Text;

/// <summary>
/// A single-stroke alphabet of our own, so that pictures with captions need no fonts and look the same on every machine.
/// <para>
/// A glyph is a list of strokes, parted by '|'; a stroke is a list of points, parted by blanks; a point is one digit for x and
/// one for y, in base 36, y upwards. Baseline y = 4, small letters reach to 12, capitals to 16, descenders to 0.
/// A point after '~' is the control point of a quadratic curve; between two of them lies an end point half-way.
/// </para>
/// </summary>
internal static class StrokeFont
{
    /// <summary>Height of a capital letter in units.</summary>
    public const int CapHeight = 12;

    /// <summary>y of the baseline.</summary>
    public const int Baseline = 4;

    /// <summary>Units from one glyph's right to the next one's left.</summary>
    public const double Gap = 3.4;

    /// <summary>Units a blank moves the pen by.</summary>
    public const double Blank = 5;

    private const string Unknown = "04 0g 8g 84 04";

    // Segments a curve is drawn with: at 16 pixels of cap height each is a pixel or two long.
    private const int Segments = 8;

    private static readonly Dictionary<char, Glyph> Glyphs =
        Outlines().ToDictionary(entry => entry.Character, entry => new Glyph(entry.Strokes));

    private static readonly Glyph UnknownGlyph = new(Unknown);

    /// <summary>The glyph of a character; a box if there is none.</summary>
    public static Glyph Of(char character) => Glyphs.GetValueOrDefault(character, UnknownGlyph);

    private static IEnumerable<(char Character, string Strokes)> Outlines() =>
    [
        ('A', "04 5g a4|28 88"),
        ('B', "0a 4a ~7a 7d ~7g 4g 0g 04 44 ~84 87 ~8a 4a"),
        ('C', "9d ~8g 5g ~0g 0a ~04 54 ~84 97"),
        ('D', "04 0g 3g ~9g 9a ~94 34 04"),
        ('E', "7g 0g 04 74|0a 6a"),
        ('F', "7g 0g 04|0a 6a"),
        ('G', "9d ~8g 5g ~0g 0a ~04 54 ~94 98 99 59"),
        ('H', "04 0g|84 8g|0a 8a"),
        ('I', "04 44|24 2g|0g 4g"),
        ('J', "6g 67 ~64 34 ~04 07"),
        ('K', "04 0g|8g 08|3b 84"),
        ('L', "0g 04 74"),
        ('M', "04 0g 57 ag a4"),
        ('N', "04 0g 84 8g"),
        ('O', "0a ~0g 5g ~ag aa ~a4 54 ~04 0a"),
        ('P', "04 0g 4g ~8g 8c ~89 49 09"),
        ('Q', "0a ~0g 5g ~ag aa ~a4 54 ~04 0a|67 a3"),
        ('R', "04 0g 4g ~8g 8c ~89 49 09|49 84"),
        ('S', "8d ~7g 4g ~0g 0d ~0a 4a ~8a 87 ~84 44 ~14 07"),
        ('T', "0g ag|5g 54"),
        ('U', "0g 08 ~04 44 ~84 88 8g"),
        ('V', "0g 54 ag"),
        ('W', "0g 34 6f 94 cg"),
        ('X', "0g 94|9g 04"),
        ('Y', "0g 5a ag|5a 54"),
        ('Z', "0g 8g 04 84"),
        ('a', "0a ~1c 4c ~7c 79 74|78 38 ~08 06 ~04 34 ~64 77"),
        ('b', "0g 04|08 ~0c ~7c 78 ~74 ~04 08"),
        ('c', "7a ~6c 4c ~0c 08 ~04 44 ~64 76"),
        ('d', "7g 74|78 ~7c ~0c 08 ~04 ~74 78"),
        ('e', "08 78 ~7c ~0c 08 ~04 44 ~64 76"),
        ('f', "5g ~2g 2d 24|0c 5c"),
        ('g', "7c 73 ~70 40 ~10 02|78 ~7c ~0c 08 ~04 ~74 78"),
        ('h', "0g 04|08 ~0c 4c ~7c 79 74"),
        ('i', "04 0c|0f 0g"),
        ('j', "3c 33 ~30 00|3f 3g"),
        ('k', "0g 04|6c 07|29 64"),
        ('l', "0g 06 ~04 24"),
        ('m', "0c 04|08 ~0c 3c ~6c 69 64|68 ~6c 9c ~cc c9 c4"),
        ('n', "0c 04|08 ~0c 4c ~7c 79 74"),
        ('o', "08 ~0c ~7c 78 ~74 ~04 08"),
        ('p', "0c 00|08 ~0c ~7c 78 ~74 ~04 08"),
        ('q', "7c 70|78 ~7c ~0c 08 ~04 ~74 78"),
        ('r', "0c 04|08 ~0c 4c"),
        ('s', "6a ~5c 3c ~0c 0a ~08 38 ~68 66 ~64 34 ~14 06"),
        ('t', "2f 27 ~24 54|0c 5c"),
        ('u', "0c 07 ~04 34 ~74 78|7c 74"),
        ('v', "0c 44 8c"),
        ('w', "0c 34 6c 94 cc"),
        ('x', "0c 74|7c 04"),
        ('y', "0c 44|8c 30 10"),
        ('z', "0c 7c 04 74"),
        ('0', "0a ~0g ~7g 7a ~74 ~04 0a"),
        ('1', "0d 4g 44|04 74"),
        ('2', "0d ~0g 4g ~7g 7d ~7b 04 74"),
        ('3', "0e ~0g 3g ~7g 7d ~7a 3a ~7a 77 ~74 34 ~04 06"),
        ('4', "54 5g 07 77"),
        ('5', "7g 1g 0a ~1c 4c ~7c 78 ~74 34 ~04 06"),
        ('6', "6g ~0g 08 ~04 ~74 78 ~7c ~0c 08"),
        ('7', "0g 7g 24"),
        ('8', "1d ~1g ~6g 6d ~6a ~1a 1d|07 ~0a ~7a 77 ~74 ~04 07"),
        ('9', "14 ~74 7c ~7g ~0g 0c ~08 ~78 7c"),
        ('.', "04 05"),
        (',', "15 02"),
        (':', "04 05|0a 0b"),
        (';', "15 02|1a 1b"),
        ('!', "04 05|08 0g"),
        ('?', "0d ~0g 3g ~6g 6d ~6b 4a ~39 38|34 35"),
        ('\'', "0d 0g"),
        ('"', "0d 0g|3d 3g"),
        ('`', "0g 2e"),
        ('-', "09 59"),
        ('_', "02 82"),
        ('+', "09 89|45 4d"),
        ('=', "07 87|0b 8b"),
        ('*', "3g 3a|0e 6c|0c 6e"),
        ('/', "02 6g"),
        ('\\', "0g 62"),
        ('|', "02 0g"),
        ('(', "3h ~0d 09 ~05 31"),
        (')', "0h ~3d 39 ~35 01"),
        ('[', "3h 0h 01 31"),
        (']', "0h 3h 31 01"),
        ('{', "4h ~2h 2d 2b ~29 09 ~29 27 25 ~21 41"),
        ('}', "0h ~2h 2d 2b ~29 49 ~29 27 25 ~21 01"),
        ('<', "7d 09 75"),
        ('>', "0d 79 05"),
        ('%', "0e ~0g 2g ~4g 4e ~4c 2c ~0c 0e|66 ~68 88 ~a8 a6 ~a4 84 ~64 66|14 9g"),
        ('#', "14 3g|54 7g|0c 8c|08 88"),
        ('$', "8d ~7g 4g ~0g 0d ~0a 4a ~8a 87 ~84 44 ~14 07|4i 42"),
        ('&', "94 2c ~1d 1e ~1g 4g ~6g 6e ~6c 3a ~09 07 ~04 44 ~74 9a"),
        ('@', "48 ~4b ~8b 88 ~85 ~45 48|8b 87 ~85 a5 ~c5 c9 ~cf 6f ~0f 09 ~03 63 93"),
        ('^', "0c 3g 6c"),
        ('~', "08 ~1b 49 ~77 8a"),
        ('±', "0b 8b|47 4f|04 84"),
        ('×', "16 7c|1c 76"),
        ('≤', "7f 0b 77|04 74"),
        ('≥', "0f 7b 07|04 74"),
    ];

    /// <summary>The strokes of a character as straight segments, in units.</summary>
    internal sealed class Glyph
    {
        public Glyph(string strokes)
        {
            Segments = strokes.Split('|').SelectMany(stroke => Flatten(Parse(stroke))).ToArray();
            Width = Segments.Max(segment => Math.Max(segment.X0, segment.X1));
        }

        /// <summary>Greatest x; the least is 0.</summary>
        public double Width { get; }

        public (double X0, double Y0, double X1, double Y1)[] Segments { get; }

        private static List<(double X, double Y, bool Control)> Parse(string stroke)
        {
            var points = new List<(double X, double Y, bool Control)>();
            foreach (var text in stroke.Split(' '))
            {
                var control = text[0] == '~';
                var (x, y) = (Digit(text[^2]), Digit(text[^1]));
                if (control && points[^1].Control)
                    points.Add(((points[^1].X + x) / 2, (points[^1].Y + y) / 2, false));
                points.Add((x, y, control));
            }
            return points;
        }

        private static int Digit(char c) => char.IsAsciiDigit(c) ? c - '0' : c - 'a' + 10;

        private static IEnumerable<(double, double, double, double)> Flatten(List<(double X, double Y, bool Control)> points)
        {
            for (var i = 1; i < points.Count; i++)
            {
                var from = points[i - 1];
                if (!points[i].Control)
                {
                    yield return (from.X, from.Y, points[i].X, points[i].Y);
                    continue;
                }
                var (control, to) = (points[i], points[++i]);
                var (x, y) = (from.X, from.Y);
                for (var k = 1; k <= StrokeFont.Segments; k++)
                {
                    // B(t) = (1-t)^2 P0 + 2 t (1-t) P1 + t^2 P2.
                    var t = (double)k / StrokeFont.Segments;
                    var (a, b, c) = ((1 - t) * (1 - t), 2 * t * (1 - t), t * t);
                    var (nextX, nextY) = (a * from.X + b * control.X + c * to.X, a * from.Y + b * control.Y + c * to.Y);
                    yield return (x, y, nextX, nextY);
                    (x, y) = (nextX, nextY);
                }
            }
        }
    }
}
