<?php
// Runs before each request: the worker's mark says that it is busy until the request is answered, and the candidate names its worker.
(static function (): void {
    // Seconds after which a worker looks after the others' marks: who was killed cannot take its own away, and who came after it has none yet.
    $tended = 5;

    $folder = getenv('RUNTIME_DIRECTORY');
    $path = $folder . '/' . getmypid();
    if (!file_exists($path) || filemtime($path) < time() - $tended) {
        $parent = static fn (string $status): ?string => preg_match('/^PPid:\s*(\d+)/m', (string) @file_get_contents($status), $found) ? $found[1] : null;
        $master = $parent('/proc/self/status');
        foreach (glob($folder . '/*') as $mark) {
            if (!file_exists('/proc/' . basename($mark))) {
                @unlink($mark);
            }
        }
        foreach (glob('/proc/[0-9]*/status') as $status) {
            $mark = $folder . '/' . basename(dirname($status));
            if ($parent($status) === $master && !file_exists($mark)) {
                file_put_contents($mark, "\0\0\0");
            }
        }
    }
    // A mark that cannot be written, because the disk is full for one, is no reason not to answer.
    if ($mark = @fopen($path, 'c')) {
        fwrite($mark, "\1\0\0");
        register_shutdown_function(static function () use ($mark): void {
            rewind($mark);
            fwrite($mark, "\0");
        });
    }
    if (getenv('PADDOCK_CANDIDATE')) {
        header('X-Paddock-Worker: ' . getmypid());
        // While one worker holds its share of the questions, another one has to take the rest.
        usleep(20000);
    }
})();
