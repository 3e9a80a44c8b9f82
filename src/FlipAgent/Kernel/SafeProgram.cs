namespace FlipAgent.Kernel;

/// <summary>
/// Whether others may change the program by a path: the file, the folders above it, and each symbolic link on the way with the folders above that. Who can change one
/// of them decides what is run.
/// </summary>
internal static class SafeProgram
{
    /// <summary>As many as the kernel follows (path_resolution(7)).</summary>
    private const int MostLinks = 40;

    /// <param name="path">Absolute.</param>
    /// <param name="owner">Whose all of it may be, besides root's.</param>
    /// <returns>What others may change, and how to mend that; null: nothing, or there is no such file.</returns>
    public static string? Problem(string path, uint owner)
    {
        var rest = new Stack<string>();
        Put(rest, path);
        var links = 0;
        for (var at = "/"; ;)
        {
            if (Libc.Stat(Libc.AtCurrentDirectory, at, Libc.AtSymlinkNoFollow, Libc.StatxBasic, out var stat) != 0)
                return null;
            var kind = stat.Mode & Libc.ModeTypeMask;
            if ((kind == Libc.ModeDirectory ? SafeFolder.Problem(at, stat, owner, isAbove: true) : OfFile(at, stat, owner)) is { } problem)
                return problem;
            if (kind == Libc.ModeLink)
            {
                if (++links > MostLinks || RunMark.LinkOf(at) is not { } target)
                    return null;
                Put(rest, target);
                at = target.StartsWith('/') ? "/" : Path.GetDirectoryName(at)!;
            }
            if (!rest.TryPop(out var next))
                return null;
            // What is reached so far has no link in it, so a step back leads to the folder above.
            at = next == ".." ? Path.GetDirectoryName(at) ?? "/" : Path.Combine(at, next);
        }
    }

    /// <summary>Of a link nobody looks at the mode.</summary>
    private static string? OfFile(string path, in Libc.Statx stat, uint owner)
    {
        var isLink = (stat.Mode & Libc.ModeTypeMask) == Libc.ModeLink;
        var found = new RegularFile.Found(null, null, (UnixFileMode)(stat.Mode & 0xFFF), stat.Owner, stat.Group);
        var shown = $"(mode {RegularFile.Octal(found.Mode)}, uid {stat.Owner}, gid {stat.Group})";
        if (stat.Owner != 0 && stat.Owner != owner)
            return $"{path} is another user's, who decides what is run {shown}: chown {(isLink ? "-h " : "")}root:root {path}";
        return !isLink && found.IsWritableByOthers ? $"{path} can be changed by others, who decide what is run {shown}: chmod go-w {path}" : null;
    }

    /// <summary>The names of a path, the first one on top.</summary>
    private static void Put(Stack<string> rest, string path)
    {
        var names = path.Split('/');
        for (var i = names.Length - 1; i >= 0; i--)
            if (names[i] is not ("" or "."))
                rest.Push(names[i]);
    }
}
