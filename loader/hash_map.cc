// SPDX-License-Identifier: GPL-2.0-only
#include "loader/hash_map.h"

#include <chrono>
#include <thread>

namespace famfs::loader {
namespace {

const char *hint_for(int code) {
    switch (code) {
    case EEXIST:
        return "withdraw it first";
    case E2BIG:
        return "the map holds as many files as it was made for";
    case EBUSY:
        return "the kernel is still resizing the map; try again";
    case ENOMEM:
        return "the kernel has no memory for the map, or this control group may not have more";
    default:
        return "";
    }
}

} // namespace

std::unexpected<base::Error> insertion_failed(int code, const char *name, const std::string &key) {
    return base::fail(code, "insert " + key + " into map", name, hint_for(code));
}

/// EBUSY: a resize under way. ENOMEM: the map's reserve is being refilled (kernel lib/rhashtable.c,
/// kernel/bpf/memalloc.c).
bool Patience::worth_another_try(int code) {
    constexpr int most = 50;
    if ((code != EBUSY && code != ENOMEM) || ++tries_ == most)
        return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return true;
}

} // namespace famfs::loader
