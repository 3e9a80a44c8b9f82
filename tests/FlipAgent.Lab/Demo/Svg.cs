using System.Security;
using System.Text;

namespace FlipAgent.Lab.Demo;

/// <summary>A few shapes, in pixels from the upper left corner, that become an SVG file.</summary>
internal sealed class Svg
{
    public const string Ink = "#1f2933";
    public const string Faint = "#7b8794";
    private readonly StringBuilder _shapes = new();

    public void Rect(double x, double y, double width, double height, string fill, string? tip = null) =>
        Add($"""<rect x="{x:0.#}" y="{y:0.#}" width="{Math.Max(width, 0.8):0.#}" height="{height:0.#}" fill="{fill}" rx="2">{Tip(tip)}</rect>""");

    public void Line(double x1, double y1, double x2, double y2, string stroke, string dash = "none") =>
        Add($"""<line x1="{x1:0.#}" y1="{y1:0.#}" x2="{x2:0.#}" y2="{y2:0.#}" stroke="{stroke}" stroke-dasharray="{dash}"/>""");

    /// <param name="anchor">start, middle or end.</param>
    public void Text(double x, double y, string text, int size = 12, string anchor = "start", string fill = Ink, bool bold = false)
    {
        var style = $"""font-size="{size}" font-weight="{(bold ? 600 : 400)}" text-anchor="{anchor}" fill="{fill}" """;
        Add($"""<text x="{x:0.#}" y="{y:0.#}" {style}>{SecurityElement.Escape(text)}</text>""");
    }

    public void Dot(double x, double y, double radius, string fill, string? tip = null) =>
        Add($"""<circle cx="{x:0.#}" cy="{y:0.#}" r="{radius:0.#}" fill="{fill}" stroke="white" stroke-width="1.5">{Tip(tip)}</circle>""");

    /// <summary>A numbered flag that the legend explains.</summary>
    public void Number(double x, double y, int number, string tip)
    {
        Dot(x, y, 8, Ink, tip);
        Text(x, y + 3.6, $"{number}", 10, "middle", "white", bold: true);
    }

    public string File(double width, double height) => $"""
        <svg xmlns="http://www.w3.org/2000/svg" width="{width:0}" height="{height:0}" viewBox="0 0 {width:0} {height:0}"
         font-family="Helvetica, Arial, sans-serif">
        <rect width="100%" height="100%" fill="white"/>
        {_shapes}</svg>

        """;

    private static string Tip(string? tip) => tip is null ? "" : $"<title>{SecurityElement.Escape(tip)}</title>";

    private void Add(string shape) => _shapes.AppendLine(shape);
}
