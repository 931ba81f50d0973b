# What the workers of a Rack application do besides serving it, whichever server runs them: they load it, mark themselves, and count their requests.
$stdout.sync = $stderr.sync = true

module Paddock
  FOLDER = ENV.fetch("RUNTIME_DIRECTORY")

  # How long a candidate holds an answer, in seconds: while one worker holds its share of the questions, another one has to take the rest.
  HOLD = 0.02

  # A worker's mark: a byte for each request that it can work on at once, 1 while it works on one, and in two bytes how many connections wait
  # in the worker. The agent reads it (metrics/worker-marks.ts).
  class Mark
    def initialize(threads)
      @threads = threads
      @free = Queue.new
      threads.times { |place| @free << place }
      @waiting = 0
      @file = File.open(Paddock.mark_of(Process.pid), "wb")
      @file.sync = true
      @file.write("\0" * (threads + 2))
    end

    # @return the place that is taken, nil when there is none
    def take
      place = @free.shift(true)
      @file.pwrite("\1", place)
      place
    rescue ThreadError
      nil
    end

    def give(place)
      return unless place
      @file.pwrite("\0", place)
      @free << place
    end

    def waiting=(count)
      return if count == @waiting
      @waiting = count
      @file.pwrite([count.clamp(0, 65535)].pack("v"), @threads)
    end

    def busy = @threads - @free.size
  end

  # Marks a request for as long as the worker is busy with it: until its answer is sent, or nobody wants it any more.
  class Marked
    def initialize(application, mark)
      @application = application
      @mark = mark
    end

    def call(env)
      place = @mark.take
      # Puma and Unicorn call it however the request ends; what the body says about its own end, an application may have lost.
      env["rack.after_reply"].unshift(-> { @mark.give(place) })
      # Rack believes what a proxy says of the visitor when the peer's address is its own. Whoever reaches the socket is the proxy.
      env["REMOTE_ADDR"] = "127.0.0.1"
      @application.call(env)
    end
  end

  # Says on each answer of the candidate which worker gave it, so that the agent can hear every one of them.
  class Named
    def initialize(application)
      @application = application
    end

    def call(env)
      sleep HOLD
      status, headers, body = @application.call(env)
      [status, headers.merge("x-paddock-worker" => Process.pid.to_s), body]
    end
  end

  class << self
    attr_reader :mark, :settings

    # What the server's configuration says, before the workers are forked.
    def settle(**settings)
      @settings = settings
    end

    # Loads the application in a worker, and marks that it did.
    def application
      built = load_application
      @mark = Mark.new(settings.fetch(:threads))
      marked = Marked.new(built, @mark)
      settings.fetch(:candidate) ? Named.new(marked) : marked
    end

    def mark_of(pid) = File.join(FOLDER, pid.to_s)

    def forget(pid)
      File.delete(mark_of(pid))
    rescue Errno::ENOENT
      # One that never loaded the application has none.
    end

    # Takes away the marks of workers that were killed and could not do so themselves.
    def forget_dead
      Dir.children(FOLDER).grep(/\A\d+\z/).each do |name|
        Process.kill(0, name.to_i)
      rescue Errno::ESRCH
        forget(name)
      end
    end

    def say_cut(requests)
      warn "cut #{requests} requests at the request budget" if requests > 0
    end

    private

    # A worker that cannot load the application will not do so the next time either: whoever waits for it must hear that, so the server ends.
    def load_application
      built = Rack::Builder.parse_file(File.expand_path(settings.fetch(:rackup)))
      # Rack 2 adds the options of the file.
      built.is_a?(Array) ? built.first : built
    rescue Exception => error
      # Whom the server called before it called us tells nobody anything.
      error.set_backtrace(error.backtrace.to_a.take_while { |line| !line.start_with?(__FILE__) })
      warn error.full_message(highlight: false, order: :top)
      Process.kill(settings.fetch(:stop), Process.ppid)
      exit!(1)
    end
  end
end
