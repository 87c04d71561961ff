//! The kinds of things that entries fall into, all of them and in words for lists and cells.

use super::{DeviceClass, MemoryKind, ModelKind, ServerRole, VectorIsa};

macro_rules! words {
    ($type:ident { $($variant:ident = $label:literal,)+ }) => {
        impl $type {
            /// Every one, in the order they are offered.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// In words.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }
        }
    };
}

words!(DeviceClass {
    NvidiaGeforce = "NVIDIA GeForce",
    NvidiaWorkstation = "NVIDIA workstation",
    NvidiaDatacenter = "NVIDIA data centre",
    NvidiaOlder = "NVIDIA before 2018",
    AmdRadeon = "AMD Radeon",
    IntelArc = "Intel Arc",
    DatacenterOther = "data centre, other makers",
    Apple = "Apple",
    UnifiedBox = "unified memory box",
    IntegratedGraphics = "integrated graphics",
    CpuDesktop = "desktop processor",
    CpuLaptop = "laptop processor",
    CpuWorkstation = "workstation processor",
    CpuServerX86 = "server processor, x86",
    CpuServerArm = "server processor, Arm",
    SingleBoard = "single board",
    Phone = "phone",
    Other = "other",
});

words!(MemoryKind {
    Hbm = "HBM",
    Gddr = "GDDR",
    Ddr = "DDR",
    Lpddr = "LPDDR",
    Sram = "SRAM",
});

words!(VectorIsa {
    Rv64 = "RISC-V without vectors",
    Sse = "SSE",
    Rvv = "RISC-V vectors",
    Neon = "NEON",
    Avx = "AVX",
    NeonDotprod = "NEON with dot product",
    NeonI8mm = "NEON with 8-bit matrices",
    Avx2 = "AVX2",
    AvxVnni = "AVX2 with VNNI",
    Avx512 = "AVX-512",
    Avx512Vnni = "AVX-512 with VNNI",
    Amx = "AMX",
});

words!(ServerRole {
    CpuServer = "processor server",
    GpuServer = "accelerator server",
    Switch = "switch",
    Power = "power distribution",
    Management = "management",
    Shelf = "shelf",
    Blank = "blank panel",
});

words!(ModelKind {
    Dense = "dense",
    MixtureOfExperts = "mixture of experts",
    Hybrid = "hybrid",
    Encoder = "encoder",
    Undisclosed = "undisclosed",
});
