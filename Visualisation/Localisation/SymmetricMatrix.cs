namespace NetViz.Visualisation.Localisation;

/// <summary>A symmetric 3x3 matrix, of colours' covariance.</summary>
/// <param name="RR">Row 0, column 0.</param>
/// <param name="RG">Row 0, column 1.</param>
/// <param name="RB">Row 0, column 2.</param>
/// <param name="GG">Row 1, column 1.</param>
/// <param name="GB">Row 1, column 2.</param>
/// <param name="BB">Row 2, column 2.</param>
public readonly record struct SymmetricMatrix(double RR, double RG, double RB, double GG, double GB, double BB)
{
    /// <summary>The determinant, in double.</summary>
    public double Determinant =>
        RR * (GG * BB - GB * GB) - RG * (RG * BB - GB * RB) + RB * (RG * GB - GG * RB);

    /// <summary>The inverse, by Cramer's rule.</summary>
    public SymmetricMatrix Inverse()
    {
        double d = Determinant;
        return new SymmetricMatrix((GG * BB - GB * GB) / d, (RB * GB - RG * BB) / d, (RG * GB - RB * GG) / d,
            (RR * BB - RB * RB) / d, (RG * RB - RR * GB) / d, (RR * GG - RG * RG) / d);
    }

    /// <summary>v^T M v.</summary>
    public double Form(double r, double g, double b) =>
        r * r * RR + g * g * GG + b * b * BB + 2 * (r * g * RG + r * b * RB + g * b * GB);

    /// <summary>
    /// The matrix with all eigenvalues below a floor raised to it: of all covariances S whose eigenvalues are at least the floor,
    /// the one at which pixels of covariance M are likeliest, the maximum of -log det S - tr(S^-1 M).
    /// </summary>
    public SymmetricMatrix WithFloor(double floor)
    {
        // Jacobi's method: turn in the planes (R, G), (R, B), (G, B) until nothing is left beside the diagonal.
        Span<double> m = [RR, RG, RB, RG, GG, GB, RB, GB, BB];
        Span<double> v = [1, 0, 0, 0, 1, 0, 0, 0, 1];
        for (int sweep = 0; sweep < 12; sweep++)
        {
            if (m[1] * m[1] + m[2] * m[2] + m[5] * m[5] <= 1e-24 * (m[0] * m[0] + m[4] * m[4] + m[8] * m[8])) break;
            Turn(m, v, 0, 1);
            Turn(m, v, 0, 2);
            Turn(m, v, 1, 2);
        }

        double a = m[0], b = m[4], c = m[8];
        if (a >= floor && b >= floor && c >= floor) return this;
        (a, b, c) = (Math.Max(a, floor), Math.Max(b, floor), Math.Max(c, floor));
        return new SymmetricMatrix(
            a * v[0] * v[0] + b * v[1] * v[1] + c * v[2] * v[2],
            a * v[0] * v[3] + b * v[1] * v[4] + c * v[2] * v[5],
            a * v[0] * v[6] + b * v[1] * v[7] + c * v[2] * v[8],
            a * v[3] * v[3] + b * v[4] * v[4] + c * v[5] * v[5],
            a * v[3] * v[6] + b * v[4] * v[7] + c * v[5] * v[8],
            a * v[6] * v[6] + b * v[7] * v[7] + c * v[8] * v[8]);
    }

    // m = J^T m J and v = v J, with J the rotation of the plane (p, q) that makes m[p, q] zero.
    private static void Turn(Span<double> m, Span<double> v, int p, int q)
    {
        double pq = m[3 * p + q];
        if (pq == 0) return;
        double theta = (m[3 * q + q] - m[3 * p + p]) / (2 * pq);
        double t = (theta >= 0 ? 1 : -1) / (Math.Abs(theta) + Math.Sqrt(theta * theta + 1));
        double c = 1 / Math.Sqrt(t * t + 1), s = t * c;
        for (int k = 0; k < 3; k++)
        {
            double a = m[3 * k + p], b = m[3 * k + q];
            (m[3 * k + p], m[3 * k + q]) = (c * a - s * b, s * a + c * b);
        }

        for (int k = 0; k < 3; k++)
        {
            double a = m[3 * p + k], b = m[3 * q + k];
            (m[3 * p + k], m[3 * q + k]) = (c * a - s * b, s * a + c * b);
            (a, b) = (v[3 * k + p], v[3 * k + q]);
            (v[3 * k + p], v[3 * k + q]) = (c * a - s * b, s * a + c * b);
        }
    }
}
