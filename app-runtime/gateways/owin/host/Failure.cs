using System;
using System.Reflection;

namespace Paddock.Owin
{
    /// <summary>How a failure is told: whoever waits for the site, or reads its log, must hear why.</summary>
    public static class Failure
    {
        /// <summary>Says it, the cause that a person can mend in the last line.</summary>
        public static void ToStart(Exception error)
        {
            var cause = error;
            while (cause.InnerException != null) cause = cause.InnerException;
            Console.Error.WriteLine(error);
            Console.Error.WriteLine($"the OWIN application must start, got {cause.GetType()}: {cause.Message.Replace('\n', ' ')}{Place(cause)}; correct it and deploy again");
        }

        /// <summary>One line, with the id by which the proxy's log knows the request.</summary>
        public static void ToAnswer(Exception error, RequestHead head)
        {
            Console.Error.WriteLine($"{{\"event\":\"failed to answer\",\"request_id\":{Json.Text(head["X-Request-ID"] ?? "")},\"method\":{Json.Text(head.Method)},\"path\":{Json.Text(head.Path)},\"error\":{Json.Text(error.ToString())}}}");
        }

        /// <summary>The deepest method that is neither .NET's nor this host's.</summary>
        private static string Place(Exception cause)
        {
            foreach (var frame in new System.Diagnostics.StackTrace(cause).GetFrames() ?? new System.Diagnostics.StackFrame[0])
            {
                var type = frame.GetMethod()?.DeclaringType;
                if (type != null && !type.Assembly.GlobalAssemblyCache && type.Assembly != Assembly.GetExecutingAssembly() && type.Assembly != typeof(object).Assembly) return $" (in {type.FullName}.{frame.GetMethod().Name})";
            }
            return "";
        }
    }
}
