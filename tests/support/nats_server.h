/* Real servers of NATS for tests, on loopback: each with a folder for its store, and tags. They end
 * with the test program, whatever happens. */
#ifndef IC_TESTS_NATS_SERVER_H
#define IC_TESTS_NATS_SERVER_H

#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/cmocka_all.h"

#include "shell/config.h"

#define NATS_SERVERS_MAX 3

struct nats_server {
    uint16_t port, route_port;
    const char *tag;
    pid_t pid;
};

struct nats_servers {
    char folder[48];
    struct nats_server at[NATS_SERVERS_MAX];
    uint32_t count; /* 1: without a cluster */
    const char *password;
};

static inline void nats_sleep_ms(long ms)
{
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&t, NULL);
}

/* A port that is free now. */
static inline uint16_t nats_free_port(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    close(fd);
    return ntohs(a.sin_port);
}

static inline void nats_write_config(const struct nats_servers *s, uint32_t i)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%u.conf", s->folder, i);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    fprintf(
        f,
        "listen: \"127.0.0.1:%u\"\nserver_name: s%u\nlog_file: \"%s/%u.log\"\n"
        "authorization { users: [ { user: node, password: %s } ] }\n"
        "jetstream { store_dir: \"%s/store%u\", max_memory_store: 16MB, max_file_store: 64MB }\n",
        s->at[i].port, i, s->folder, i, s->password, s->folder, i);
    if (s->at[i].tag != NULL)
        fprintf(f, "server_tags: [ \"%s\" ]\n", s->at[i].tag);
    if (s->count > 1) {
        fprintf(f, "cluster { name: test, listen: \"127.0.0.1:%u\", routes: [",
                s->at[i].route_port);
        for (uint32_t k = 0; k < s->count; k++)
            fprintf(f, "%s\"nats://127.0.0.1:%u\"", k > 0 ? ", " : "", s->at[k].route_port);
        fprintf(f, "] }\n");
    }
    assert_int_equal(fclose(f), 0);
}

static inline void nats_start(struct nats_servers *s, uint32_t i)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%u.conf", s->folder, i);
    pid_t parent = getpid();
    s->at[i].pid = fork();
    assert_true(s->at[i].pid >= 0);
    if (s->at[i].pid > 0)
        return;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent) {
        (void)execlp("nats-server", "nats-server", "-c", path, (char *)NULL);
        (void)execl("/usr/sbin/nats-server", "nats-server", "-c", path, (char *)NULL);
    }
    perror("nats-server");
    _exit(127);
}

static inline void nats_stop(struct nats_servers *s, uint32_t i)
{
    if (s->at[i].pid <= 0)
        return;
    (void)kill(s->at[i].pid, SIGKILL);
    assert_int_equal(waitpid(s->at[i].pid, NULL, 0), s->at[i].pid);
    s->at[i].pid = 0;
}

/* Forget what a stopped server has stored. */
static inline void nats_wipe(const struct nats_servers *s, uint32_t i)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s/store%u'", s->folder, i);
    assert_int_equal(system(command), 0);
}

/* tags: one a server. */
static inline void nats_start_all(struct nats_servers *s, uint32_t count, const char *const *tags)
{
    *s = (struct nats_servers){
        .folder = "/tmp/incamera-nats-XXXXXX", .count = count, .password = "sesame"};
    assert_non_null(mkdtemp(s->folder));
    for (uint32_t i = 0; i < count; i++)
        s->at[i] = (struct nats_server){
            .port = nats_free_port(), .route_port = nats_free_port(), .tag = tags[i]};
    for (uint32_t i = 0; i < count; i++) {
        nats_write_config(s, i);
        nats_start(s, i);
    }
}

static inline void nats_stop_all(struct nats_servers *s)
{
    char command[128];
    for (uint32_t i = 0; i < s->count; i++)
        nats_stop(s, i);
    snprintf(command, sizeof command, "rm -rf '%s'", s->folder);
    assert_int_equal(system(command), 0);
}

/* Settings of a node that uses these servers. */
static inline void nats_config(const struct nats_servers *s, const char *tag, struct ic_config *out)
{
    memset(out, 0, sizeof *out);
    for (uint32_t i = 0; i < s->count; i++) {
        size_t len = strlen(out->nats_url);
        snprintf(&out->nats_url[len], sizeof out->nats_url - len, "%snats://127.0.0.1:%u",
                 i > 0 ? ", " : "", s->at[i].port);
    }
    snprintf(out->nats_credentials, sizeof out->nats_credentials, "%s/credentials", s->folder);
    snprintf(out->cluster_name, sizeof out->cluster_name, "test");
    if (tag != NULL) {
        snprintf(out->placement_tags[0], sizeof out->placement_tags[0], "%s", tag);
        out->placement_tag_count = 1;
    }
    FILE *f = fopen(out->nats_credentials, "we");
    assert_non_null(f);
    assert_int_equal(chmod(out->nats_credentials, 0600), 0);
    assert_true(fputs("node:sesame\n", f) >= 0);
    assert_int_equal(fclose(f), 0);
}

#endif
