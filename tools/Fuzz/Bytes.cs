namespace NetViz.Fuzz;

/// <summary>Damage to bytes, whatever they mean.</summary>
internal static class Bytes
{
    /// <summary>Bytes flipped, overwritten, cut off, put in, repeated or moved.</summary>
    public static byte[] Damage(byte[] whole, Random random)
    {
        if (whole.Length == 0) return [(byte)random.Next(256)];
        var bytes = new List<byte>(whole);
        for (int count = 1 + random.Next(4); count > 0 && bytes.Count > 0; count--)
        {
            int at = random.Next(bytes.Count), length = Math.Min(random.Next(1, 40), bytes.Count - at);
            switch (random.Next(7))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes[at] = random.Next(2) == 0 ? (byte)0 : (byte)255; break;
                case 3: bytes.RemoveRange(at, length); break;
                case 4: bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count - length + 1), length)); break;
                case 5 when random.Next(3) == 0: bytes.RemoveRange(at, bytes.Count - at); break;
                default:
                    for (int i = at; i < at + Math.Min(length, 4); i++) bytes[i] = (byte)random.Next(256);
                    break;
            }
        }

        return [.. bytes];
    }
}
