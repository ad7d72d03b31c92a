namespace NetViz.Cli.Step;

/// <summary>The keys, on one line and on a page.</summary>
internal static class StepHelp
{
    public const string Footer = "Down/Up layer  g/d/u rule  Left/Right channel  e element  Tab above  ? help  q";

    public static IReadOnlyList<string> Lines { get; } =
    [
        "netviz step: one backward pass, layer by layer.",
        "The class score's signal R travels down: R_{n+1} above a layer, R_n below it.",
        "",
        "Down, Space, n   pass this layer          Home   back to the start",
        "Up, b            undo the last layer      End    to the last layer",
        "g  d  u          gradient, DeconvNet or guided from this layer on; r: as given",
        "",
        "Left, Right, c   all channels, one by one, or one by its number",
        "Tab              the picture: below, above; at the end R, |R|, the photograph",
        "e                follow one element c,y,x (Enter alone: the largest |R|)",
        "Esc              leave a question; forget the element",
        "?  q             this page; the end",
        "",
        "Picture: of all channels the largest |R|, black to yellow; of one channel",
        "blue below 0, white at 0, red above; at the image colours about grey.",
        "Below a rectifier it has the scale of above, so that the two can be compared.",
        "Columns: L1 = sum |R|, L2 = root of sum R^2, zeros: share that is exactly 0.",
        "The counts at a rectifier tell r and x of each element: under the gradient",
        "rule a signal passes where x > 0, under DeconvNet where r > 0, guided: both.",
        "netviz trace takes one value of R apart into the terms that make it.",
        "",
        "Any key goes on.",
    ];
}
