import EFDCore
