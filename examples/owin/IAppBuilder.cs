using System;
using System.Collections.Generic;

namespace Owin
{
    /// <summary>All that an OWIN application needs of its host, as the package Owin names it: with this file, there is nothing to restore.</summary>
    public interface IAppBuilder
    {
        IDictionary<string, object> Properties { get; }

        object Build(Type returnType);

        IAppBuilder New();

        IAppBuilder Use(object middleware, params object[] args);
    }
}
