using System.Text;

namespace Paddock.Owin
{
    public static class Json
    {
        /// <summary>A text in quotes, on one line.</summary>
        public static string Text(string text)
        {
            var quoted = new StringBuilder("\"");
            foreach (var character in text)
            {
                if (character == '"' || character == '\\') quoted.Append('\\').Append(character);
                else if (character < ' ') quoted.Append($"\\u{(int)character:x4}");
                else quoted.Append(character);
            }
            return quoted.Append('"').ToString();
        }
    }
}
