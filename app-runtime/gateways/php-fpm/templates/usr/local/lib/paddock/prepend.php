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

// Files that lie beside the front controller are the application's to serve, and frameworks of PHP's leave that to the web server. Where the front
// controller lies at the root, what lies beside it is not for visitors.
(static function (): void {
    $types = [
        'avif' => 'image/avif', 'css' => 'text/css', 'gif' => 'image/gif', 'html' => 'text/html', 'ico' => 'image/x-icon', 'jpg' => 'image/jpeg',
        'js' => 'text/javascript', 'json' => 'application/json', 'pdf' => 'application/pdf', 'png' => 'image/png', 'svg' => 'image/svg+xml',
        'txt' => 'text/plain', 'webmanifest' => 'application/manifest+json', 'webp' => 'image/webp', 'woff2' => 'font/woff2', 'xml' => 'application/xml',
    ];
    $site = $_SERVER['DOCUMENT_ROOT'];
    if ($site === '/srv/app' || !in_array($_SERVER['REQUEST_METHOD'], ['GET', 'HEAD'], true)) {
        return;
    }
    if (preg_match('~^/([A-Za-z0-9_-][A-Za-z0-9._-]*\.([a-z0-9]+))(\?|$)~', $_SERVER['REQUEST_URI'], $found) && isset($types[$found[2]]) && is_file("$site/$found[1]")) {
        header('Content-Type: ' . $types[$found[2]]);
        header('Content-Length: ' . filesize("$site/$found[1]"));
        readfile("$site/$found[1]");
        exit;
    }
})();
