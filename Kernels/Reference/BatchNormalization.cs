namespace NetViz.Kernels.Reference;

public sealed partial class ReferenceKernels<T>
{
    /// <inheritdoc/>
    /// <remarks>y = scale x^ + shift with x^ = (x - mean) / sqrt(variance + epsilon), channel by channel.</remarks>
    public void BatchNormalizationForward(float epsilon, DeviceTensor input, DeviceTensor scale, DeviceTensor shift,
        DeviceTensor output, DeviceTensor mean, DeviceTensor variance)
    {
        ReadOnlySpan<T> x = Span(input), gamma = Span(scale), beta = Span(shift);
        Span<T> y = Span(output);
        int channels = gamma.Length, images = input.Shape[0], places = x.Length / (images * channels);
        double count = (double)images * places;
        for (int c = 0; c < channels; c++)
        {
            double sum = 0, squares = 0;
            for (int n = 0; n < images; n++)
            for (int p = 0; p < places; p++)
                sum += Wide(x[(n * channels + c) * places + p]);
            double m = sum / count;
            for (int n = 0; n < images; n++)
            for (int p = 0; p < places; p++)
            {
                double centred = Wide(x[(n * channels + c) * places + p]) - m;
                squares += centred * centred;
            }

            double v = squares / count, factor = Wide(gamma[c]) / Math.Sqrt(v + epsilon);
            (Span(mean)[c], Span(variance)[c]) = (Rounded(m), Rounded(v));
            for (int n = 0; n < images; n++)
            for (int p = 0; p < places; p++)
            {
                int i = (n * channels + c) * places + p;
                y[i] = Rounded((Wide(x[i]) - m) * factor + Wide(beta[c]));
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>r = scale / d (R - sum R / M - x^ sum (R x^) / M): mean and variance depend on every x too.</remarks>
    public void BatchNormalizationBackward(float epsilon, DeviceTensor input, DeviceTensor scale, DeviceTensor mean,
        DeviceTensor variance, DeviceTensor outputSignal, DeviceTensor inputSignal, DeviceTensor scaleSignal,
        DeviceTensor shiftSignal)
    {
        ReadOnlySpan<T> x = Span(input), gamma = Span(scale), above = Span(outputSignal);
        Span<T> below = Span(inputSignal);
        int channels = gamma.Length, images = input.Shape[0], places = x.Length / (images * channels);
        double count = (double)images * places;
        for (int c = 0; c < channels; c++)
        {
            double m = Wide(Span(mean)[c]), inverse = 1 / Math.Sqrt(Wide(Span(variance)[c]) + epsilon), sum = 0, product = 0;
            for (int n = 0; n < images; n++)
            for (int p = 0; p < places; p++)
            {
                int i = (n * channels + c) * places + p;
                sum += Wide(above[i]);
                product += Wide(above[i]) * (Wide(x[i]) - m) * inverse;
            }

            (Span(shiftSignal)[c], Span(scaleSignal)[c]) = (Rounded(sum), Rounded(product));
            for (int n = 0; n < images; n++)
            for (int p = 0; p < places; p++)
            {
                int i = (n * channels + c) * places + p;
                double normalised = (Wide(x[i]) - m) * inverse;
                below[i] = Rounded(Wide(gamma[c]) * inverse * (Wide(above[i]) - sum / count - normalised * product / count));
            }
        }
    }
}
