<?php
// A small PHP site behind one front controller: pages, work that waits, uploads, an answer that comes in parts.
declare(strict_types=1);

function answer(array $value): void
{
    header('Content-Type: application/json');
    echo json_encode($value);
}

// As long as a database would take; a POST is read first. The signal by which PHP-FPM ends wakes who sleeps, and no database.
function work(): void
{
    file_get_contents('php://input');
    $end = microtime(true) + (int) ($_GET['wait'] ?? 0) / 1000;
    while (microtime(true) < $end) {
        usleep(max(1, (int) (($end - microtime(true)) * 1e6)));
    }
    answer(['release' => getenv('PADDOCK_RELEASE')]);
}

function upload(): void
{
    $hash = hash_init('sha256');
    $body = fopen('php://input', 'rb');
    $bytes = hash_update_stream($hash, $body);
    answer(['bytes' => $bytes, 'sha256' => hash_final($hash)]);
}

// What the application knows of a visitor. Its log has the request's id, as the proxy's has.
function request(): void
{
    $headers = [];
    foreach ($_SERVER as $name => $value) {
        if (str_starts_with($name, 'HTTP_')) {
            $headers[strtolower(strtr(substr($name, 5), '_', '-'))] = $value;
        }
    }
    error_log(json_encode(['event' => 'asked', 'request_id' => $headers['x-request-id'] ?? null, 'path' => '/request']));
    answer([
        'scheme' => $_SERVER['REQUEST_SCHEME'], 'host' => $_SERVER['HTTP_HOST'], 'client' => $_SERVER['REMOTE_ADDR'],
        'worker' => getmypid(), 'headers' => $headers,
    ]);
}

// Ten lines, each as soon as it is there: the header asks the proxy not to collect them.
function stream(): void
{
    header('Content-Type: text/plain');
    header('X-Accel-Buffering: no');
    while (ob_get_level() > 0) {
        ob_end_flush();
    }
    for ($line = 1; $line <= 10; $line++) {
        echo $line, "\n";
        flush();
        usleep(200000);
    }
}

function hello(): void
{
    header('Content-Type: text/plain; charset=utf-8');
    echo "Hello from PHP on Paddock. Try /work?wait=100, /request and /stream.\n";
}

$pages = ['/' => 'hello', '/work' => 'work', '/upload' => 'upload', '/request' => 'request', '/stream' => 'stream'];
$page = $pages[parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)] ?? null;
if ($page === null) {
    http_response_code(404);
    echo "There is no such page.\n";
} else {
    $page();
}
