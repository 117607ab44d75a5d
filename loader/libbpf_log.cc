// SPDX-License-Identifier: GPL-2.0-only
#include "loader/libbpf_log.h"

#include <array>
#include <bpf/libbpf.h>
#include <cstdarg>
#include <cstdio>
#include <mutex>

namespace famfs::loader {
namespace {

thread_local std::string *collector = nullptr;

constexpr std::size_t tail_bytes = 2000;

int collect(enum libbpf_print_level level, const char *format, va_list arguments) {
    if (collector == nullptr || level == LIBBPF_DEBUG)
        return 0;
    va_list again;
    va_copy(again, arguments);
    const int length = std::vsnprintf(nullptr, 0, format, again);
    va_end(again);
    if (length <= 0)
        return 0;
    const std::size_t before = collector->size();
    collector->resize(before + static_cast<std::size_t>(length) + 1);
    std::vsnprintf(collector->data() + before, static_cast<std::size_t>(length) + 1, format, arguments);
    collector->pop_back();
    return length;
}

} // namespace

LibbpfLog::LibbpfLog() : outer_(collector) {
    static std::once_flag once;
    std::call_once(once, [] { libbpf_set_print(collect); });
    collector = &text_;
}

LibbpfLog::~LibbpfLog() {
    collector = outer_;
}

std::string LibbpfLog::tail() const {
    if (text_.size() <= tail_bytes)
        return text_;
    const std::size_t line = text_.find('\n', text_.size() - tail_bytes);
    return line == std::string::npos ? text_.substr(text_.size() - tail_bytes) : text_.substr(line + 1);
}

} // namespace famfs::loader
