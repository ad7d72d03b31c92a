using NetViz.Engine.Imaging;

namespace NetViz.Visualisation.Datasets;

/// <summary>A picture of a set.</summary>
/// <param name="Name">Its file, relative to the set's root, with slashes.</param>
/// <param name="Class">Its class, an index into <see cref="LabelledSet.Classes"/>.</param>
/// <param name="Photo">The picture, upright.</param>
/// <param name="Box">Where the object is; null where the set does not say.</param>
public sealed record LabelledPicture(string Name, int Class, Photo Photo, PixelBox? Box);
