# Gives an application that has a Gemfile its own gems, and no others, before anything asks for one.
require "bundler/setup" if File.exist?("Gemfile")
