using NetViz.Engine.Imaging;

namespace NetViz.Visualisation.Datasets;

/// <summary>A class on a picture of a set. A picture with objects of several classes is one for each of them.</summary>
/// <param name="Name">Its file, relative to the set's root, with slashes.</param>
/// <param name="Class">The class, an index into <see cref="LabelledSet.Classes"/>.</param>
/// <param name="Photo">The picture, upright; as it is stored where its annotation measured it so.</param>
/// <param name="Boxes">Around each object of the class; none where the set does not say.</param>
public sealed record LabelledPicture(string Name, int Class, Photo Photo, IReadOnlyList<PixelBox> Boxes);
