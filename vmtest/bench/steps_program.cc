// SPDX-License-Identifier: GPL-2.0-only
#include "vmtest/bench/steps_program.h"

#include "vmtest/bench/require.h"
#include "vmtest/bench/steps.h"

extern "C" const char steps_bpf_start[], steps_bpf_end[];

namespace famfs::vmtest {

StepsProgram::StepsProgram(int fuse_fd)
    : object_(bpf_object__open_mem(steps_bpf_start, static_cast<std::size_t>(steps_bpf_end - steps_bpf_start),
                                   nullptr)) {
    require(object_ != nullptr, "open steps.bpf.o");
    for (const char *name : {"constant_ops", "counted_ops"}) {
        std::size_t size = 0;
        void *ops = bpf_map__initial_value(bpf_object__find_map_by_name(object_.get(), name), &size);
        require(size == sizeof(fuse_iomap_bpf_ops), name);
        static_cast<fuse_iomap_bpf_ops *>(ops)->fuse_fd = fuse_fd;
    }
    require(bpf_object__load(object_.get()) == 0, "load steps.bpf.o");
}

void StepsProgram::answer(const base::FileMap &file) {
    const base::Extent &extent = file.extents.front();
    const step_settings settings = {.answer = {.offset = 0,
                                               .length = extent.length,
                                               .address = extent.offset,
                                               .device = extent.device + 1,
                                               .reserved = 0}};
    const std::uint32_t only = 0;
    bpf_map *map = bpf_object__find_map_by_name(object_.get(), ".bss");
    require(map != nullptr &&
                bpf_map__update_elem(map, &only, sizeof(only), &settings, sizeof(settings), 0) == 0,
            "tell the steps their answer");
}

Link StepsProgram::attach(const std::string &name) {
    Link link(
        bpf_map__attach_struct_ops(bpf_object__find_map_by_name(object_.get(), (name + "_ops").c_str())));
    require(link != nullptr, "attach " + name);
    return link;
}

} // namespace famfs::vmtest
