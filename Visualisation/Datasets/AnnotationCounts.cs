namespace NetViz.Visualisation.Datasets;

/// <summary>What the XML annotations of a split say.</summary>
/// <param name="Photos">Photographs in the split.</param>
/// <param name="PhotosWithoutObject">Those of which no object counts: without annotation, without object, or with none but
/// difficult ones.</param>
/// <param name="DifficultObjects">Objects that are marked as difficult, and left out, as VOC's protocol does it.</param>
/// <param name="AnnotationsWithoutPicture">Annotations of the whole set of which there is no picture.</param>
/// <param name="CountsFromZero">Whether columns and rows of the annotations count from 0, as ILSVRC's, and not from 1.</param>
public sealed record AnnotationCounts(int Photos, int PhotosWithoutObject, int DifficultObjects, int AnnotationsWithoutPicture,
    bool CountsFromZero);
