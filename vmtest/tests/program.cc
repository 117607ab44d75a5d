// SPDX-License-Identifier: GPL-2.0-only
#include "vmtest/tests/program.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <gtest/gtest.h>

extern "C" {
extern const char hook_bpf_start[];
extern const char hook_bpf_end[];
extern const char refused_bpf_start[];
extern const char refused_bpf_end[];
}

namespace famfs::vmtest {
namespace {

bpf_object *open_object(const char *start, const char *end, const char *name) {
    bpf_object_open_opts options = {};
    options.sz = sizeof(options);
    options.object_name = name;
    return bpf_object__open_mem(start, static_cast<std::size_t>(end - start), &options);
}

/// What user space may set of an ops map before it is loaded.
void set_connection(bpf_map *map, int fd) {
    std::size_t size = 0;
    auto *ops = static_cast<fuse_iomap_bpf_ops *>(const_cast<void *>(bpf_map__initial_value(map, &size)));
    ASSERT_EQ(size, sizeof(*ops));
    ops->fuse_fd = fd;
}

} // namespace

Program::Program(int fuse_fd, int update_fd) : object_(open_object(hook_bpf_start, hook_bpf_end, "hook")) {
    EXPECT_NE(object_, nullptr) << std::strerror(errno);
    set_connection(ops(Which::first), fuse_fd);
    set_connection(ops(Which::second), update_fd);
    EXPECT_EQ(bpf_object__load(object_.get()), 0) << std::strerror(errno);
}

bpf_map *Program::ops(Which which) {
    return bpf_object__find_map_by_name(object_.get(), which == Which::first ? "first" : "second");
}

Link Program::attach(Which which) {
    Link link(bpf_map__attach_struct_ops(ops(which)));
    error_ = link ? 0 : errno;
    return link;
}

int Program::update(const Link &link, Which which) {
    return bpf_link__update_map(link.get(), ops(which)) == 0 ? 0 : errno;
}

void Program::rule(std::uint64_t nodeid, const hook_rule &rule) {
    const auto key = static_cast<std::uint32_t>(nodeid);
    bpf_map *map = bpf_object__find_map_by_name(object_.get(), "rules");
    ASSERT_EQ(bpf_map__update_elem(map, &key, sizeof(key), &rule, sizeof(rule), 0), 0)
        << std::strerror(errno);
}

void Program::extent(std::uint64_t nodeid, std::uint64_t length, std::uint32_t device,
                     std::uint64_t address) {
    hook_rule rule = {};
    rule.style = HOOK_EXTENTS;
    rule.extents[0] = {.length = length, .address = address, .device = device, .pad = 0};
    this->rule(nodeid, rule);
}

void Program::raw(std::uint64_t nodeid, const fuse_iomap_io &answer) {
    hook_rule rule = {};
    rule.style = HOOK_RAW;
    rule.raw = answer;
    this->rule(nodeid, rule);
}

void Program::returns(std::uint64_t nodeid, int value) {
    hook_rule rule = {};
    rule.style = HOOK_RETURN;
    rule.value = value;
    this->rule(nodeid, rule);
}

std::uint64_t Program::calls(hook_operation operation, Which which) const {
    const std::uint32_t key = which == Which::first ? 0 : 1;
    hook_counters counters = {};
    const bpf_map *map = bpf_object__find_map_by_name(object_.get(), "counters");
    EXPECT_EQ(bpf_map__lookup_elem(map, &key, sizeof(key), &counters, sizeof(counters), 0), 0);
    return counters.calls[operation];
}

std::uint64_t Program::calls(Which which) const {
    std::uint64_t sum = 0;
    for (int operation = 0; operation < HOOK_OPERATIONS; ++operation)
        sum += calls(static_cast<hook_operation>(operation), which);
    return sum;
}

int attach_refused(const std::string &ops, int fuse_fd, std::string &log) {
    bpf_object *object = open_object(refused_bpf_start, refused_bpf_end, "refused");
    EXPECT_NE(object, nullptr) << std::strerror(errno);
    // libbpf 1.4 minds the "?" of a section only for the first of its maps.
    bpf_map *other = nullptr;
    bpf_object__for_each_map(other, object) bpf_map__set_autocreate(other, false);
    bpf_map *map = bpf_object__find_map_by_name(object, (ops + "_ops").c_str());
    EXPECT_NE(map, nullptr) << ops;
    bpf_map__set_autocreate(map, true);
    set_connection(map, fuse_fd);

    std::array<char, 65536> text = {};
    if (bpf_program *program = bpf_object__find_program_by_name(object, ops.c_str()); program != nullptr) {
        bpf_program__set_autoload(program, true);
        bpf_program__set_log_level(program, 1);
        bpf_program__set_log_buf(program, text.data(), text.size());
    }
    int error = bpf_object__load(object) == 0 ? 0 : errno;
    if (error == 0) {
        const Link link(bpf_map__attach_struct_ops(map));
        error = link ? 0 : errno;
    }
    log = text.data();
    bpf_object__close(object);
    return error;
}

} // namespace famfs::vmtest
