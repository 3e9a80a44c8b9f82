using System.Runtime.InteropServices;

namespace FlipAgent.Kernel;

/// <summary>Terminals (termios(3)).</summary>
internal static partial class Libc
{
    // From <asm-generic/termbits.h>; the same on x86-64 and arm64.
    public const uint Echo = 8;
    public const uint EchoNewline = 64;
    public const int SuspendCharacter = 10;

    /// <summary>TCSAFLUSH: what was typed and not read is thrown away.</summary>
    public const int DiscardInput = 2;

    /// <summary>struct termios of glibc.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct Termios
    {
        public uint Input;
        public uint Output;
        public uint Control;
        public uint Local;
        public byte Line;
        public fixed byte Characters[32];
        public uint InputSpeed;
        public uint OutputSpeed;
    }

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    public static partial int GetTerminal(int file, out Termios settings);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    public static partial int SetTerminal(int file, int when, in Termios settings);
}
