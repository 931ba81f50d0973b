<?php
// Runs before each request: the worker's mark says that it is busy until the request is answered, and the candidate names its worker.
(static function (): void {
    $folder = getenv('RUNTIME_DIRECTORY');
    $path = $folder . '/' . getmypid();
    if (!file_exists($path)) {
        // This worker came after one that died, whose mark nobody else takes away.
        foreach (glob($folder . '/*') as $mark) {
            if (!file_exists('/proc/' . basename($mark))) {
                @unlink($mark);
            }
        }
    }
    $mark = fopen($path, 'c');
    fwrite($mark, "\1\0\0");
    register_shutdown_function(static function () use ($mark): void {
        rewind($mark);
        fwrite($mark, "\0");
    });
    if (getenv('PADDOCK_CANDIDATE')) {
        header('X-Paddock-Worker: ' . getmypid());
        // While one worker holds its share of the questions, another one has to take the rest.
        usleep(20000);
    }
})();
